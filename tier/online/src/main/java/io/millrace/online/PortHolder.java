// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds out, on Linux, which process listens on a port, so that the message about a taken one can name it. */
final class PortHolder {

  private static final String LISTENING = "0A";

  private PortHolder() {}

  /** Returns {@code " by java (process 123)"}, or an empty text when it cannot be known. */
  static String of(int port) {
    return inode(port).flatMap(PortHolder::owner).map(owner -> " by " + owner).orElse("");
  }

  /** Reads the socket tables: columns 1, 3 and 9 are local address, state and inode (proc(5)). */
  private static Optional<String> inode(int port) {
    String suffix = ":%04X".formatted(port);
    for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
      try {
        for (String line : Files.readAllLines(table)) {
          String[] columns = line.strip().split("\\s+");
          if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTENING)) {
            return Optional.of(columns[9]);
          }
        }
      } catch (IOException e) {
        // Not Linux, or no leave to look: the message does without the name.
        continue;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> owner(String inode) {
    return ProcessHandle.allProcesses()
        .filter(process -> holds(process.pid(), "socket:[" + inode + "]"))
        .findFirst()
        .map(process -> process.info().command().map(command -> Path.of(command).getFileName() + " ").orElse("")
            + "(process " + process.pid() + ")");
  }

  private static boolean holds(long pid, String socket) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.isSymbolicLink(descriptor) && Files.readSymbolicLink(descriptor).toString().equals(socket)) {
          return true;
        }
      }
      return false;
    } catch (IOException | SecurityException e) {
      return false;
    }
  }
}
