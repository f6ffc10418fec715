// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.tensorboard;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * Scalars of a run as TensorBoard reads them: a file of TFRecords, each an {@code Event} message.
 *
 * <p>A record is the length as 8 bytes, its masked CRC-32C, the message, its masked CRC-32C, all little-endian.
 *
 * @see <a href="https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details">TFRecord</a>
 * @see <a href="https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto">event.proto</a>
 */
public final class EventFile implements AutoCloseable {
  /** What the names of these files begin with, by which TensorBoard finds them. */
  public static final String PREFIX = "events.out.tfevents.";

  private static final String VERSION = "brain.Event:2";
  private static final int MASK = 0xa282ead8;
  /** Two runs of one process may begin within the same second. */
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final OutputStream out;

  private EventFile(OutputStream out) {
    this.out = out;
  }

  /**
   * Begins a file in a run's folder.
   *
   * @param after steps that were done before; TensorBoard drops what other files say about later ones
   */
  public static EventFile begin(Path folder, long after) throws IOException {
    if (after == 0) {
      deleteAll(folder);
    }
    Path file = folder.resolve(String.format(Locale.ROOT, "%s%010d.%s.%d.%d", PREFIX,
        Instant.now().getEpochSecond(), host(), ProcessHandle.current().pid(), NUMBER.getAndIncrement()));
    EventFile events = new EventFile(
        new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)));
    events.record(new Message().fixed64(1, now()).bytes(3, new Message().text(VERSION)));
    if (after > 0) {
      // SessionLog with status START.
      events.record(new Message().fixed64(1, now()).varint(2, after + 1).bytes(7, new Message().varint(1, 1)));
    }
    events.out.flush();
    return events;
  }

  private static void deleteAll(Path folder) throws IOException {
    try (DirectoryStream<Path> old = Files.newDirectoryStream(folder, PREFIX + "*")) {
      for (Path file : old) {
        Files.delete(file);
      }
    }
  }

  /** Writes values of a step, which a reader sees at once. */
  public void scalars(long step, Map<String, Double> values) throws IOException {
    Message summary = new Message();
    values.forEach((tag, value) -> summary.bytes(1,
        new Message().bytes(1, new Message().text(tag)).fixed32(2, value.floatValue())));
    record(new Message().fixed64(1, now()).varint(2, step).bytes(5, summary));
    out.flush();
  }

  private void record(Message event) throws IOException {
    byte[] data = event.toByteArray();
    byte[] length = little(8).putLong(data.length).array();
    out.write(length);
    out.write(little(4).putInt(masked(length)).array());
    out.write(data);
    out.write(little(4).putInt(masked(data)).array());
  }

  /** A checksum that may itself be part of checked data: turned by 15 bits and moved. */
  static int masked(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static double now() {
    Instant now = Instant.now();
    return now.getEpochSecond() + now.getNano() / 1e9;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9-]", "-");
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
