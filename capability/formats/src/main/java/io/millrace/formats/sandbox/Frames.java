// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * How a process and its worker talk: messages of a length (4 bytes, the highest first) and so many bytes; a file as pieces of that
 * shape with an empty one behind the last.
 */
final class Frames {

  private static final int PIECE = 64 * 1024;

  private Frames() {}

  static void write(DataOutputStream out, byte[] message) throws IOException {
    out.writeInt(message.length);
    out.write(message);
    out.flush();
  }

  /**
   * Reads a message.
   *
   * @throws IOException when it ends too early or has more than the most bytes
   */
  static byte[] read(DataInputStream in, int most) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > most) {
      throw new IOException("a message of " + length + " bytes: at most " + most + " are allowed");
    }
    byte[] message = in.readNBytes(length);
    if (message.length < length) {
      throw new IOException("a message ended after " + message.length + " of " + length + " bytes");
    }
    return message;
  }

  /** Writes a stream to its end, or to the most bytes and one more. */
  static void copy(InputStream from, DataOutputStream out, int most) throws IOException {
    byte[] piece = new byte[PIECE];
    long left = most + 1L;
    while (left > 0) {
      int read = from.read(piece, 0, (int) Math.min(left, PIECE));
      if (read < 0) {
        break;
      }
      if (read > 0) {
        out.writeInt(read);
        out.write(piece, 0, read);
        left -= read;
      }
    }
    out.writeInt(0);
    out.flush();
  }

  /** Reads what {@link #copy} wrote. */
  static byte[] gather(DataInputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece = read(in, PIECE); piece.length > 0; piece = read(in, PIECE)) {
      all.write(piece);
    }
    return all.toByteArray();
  }
}
