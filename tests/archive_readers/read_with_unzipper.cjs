// Prints the SHA-256 and the name of each member, reading the archive as a stream.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const unzipper = require("unzipper");

async function main() {
  for await (const entry of fs.createReadStream(process.argv[2]).pipe(unzipper.Parse({ forceStream: true }))) {
    const digest = createHash("sha256");
    for await (const chunk of entry) digest.update(chunk);
    console.log(digest.digest("hex"), entry.path);
  }
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
