// Prints the SHA-256 and the name of each member, reading the archive as a stream.
import java.io.*;
import java.security.*;
import java.util.zip.*;

class ReadZipStream {
    public static void main(String[] arguments) throws Exception {
        try (var zip = new ZipInputStream(new BufferedInputStream(new FileInputStream(arguments[0])))) {
            for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
                var digest = MessageDigest.getInstance("SHA-256");
                var chunk = new byte[65536];
                for (int read; (read = zip.read(chunk)) >= 0; ) digest.update(chunk, 0, read);
                System.out.println(java.util.HexFormat.of().formatHex(digest.digest()) + " " + entry.getName());
            }
        }
    }
}
