// Prints the SHA-256 and the name of each member, as the central directory lists them.
const { createHash } = require("node:crypto");
const yauzl = require("yauzl");

yauzl.open(process.argv[2], { lazyEntries: true, strictFileNames: true }, (error, archive) => {
  if (error) throw error;
  archive.on("entry", (entry) =>
    archive.openReadStream(entry, (error, stream) => {
      if (error) throw error;
      const digest = createHash("sha256");
      stream.on("data", (chunk) => digest.update(chunk));
      stream.on("end", () => {
        console.log(digest.digest("hex"), entry.fileName);
        archive.readEntry();
      });
    }),
  );
  archive.readEntry();
});
