// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.read.FileParsing;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The process in which files are read, one after the other, until its parent closes the pipe or is gone. */
public final class Worker {

  /** A request names a file and limits. */
  private static final int LARGEST_REQUEST = 1 << 20;

  private static final int HALT = 4;

  /** The parent stops a worker in time; should it be gone, the worker stops by itself so much later. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final FileParser parser;

  /** When the file at hand must be done, in {@link System#nanoTime} terms; written by one thread, read by the watch. */
  private volatile long deadline = Long.MAX_VALUE;

  private Worker(FileParser parser) {
    this.parser = parser;
  }

  public static void main(String[] args) throws IOException {
    serve(FileParsing::read);
  }

  /**
   * Serves a parser on standard input and output, beginning with an empty message that says that it has started.
   *
   * @throws IOException when the pipe breaks
   */
  public static void serve(FileParser parser) throws IOException {
    OutputStream pipe = new FileOutputStream(FileDescriptor.out);
    // Whatever a library prints must not get between the messages.
    System.setOut(System.err);
    Worker worker = new Worker(parser);
    Thread.ofPlatform().daemon().name("watch").start(worker::watch);
    worker.serve(
        new DataInputStream(new BufferedInputStream(System.in)), new DataOutputStream(new BufferedOutputStream(pipe)));
  }

  private void serve(DataInputStream in, DataOutputStream out) throws IOException {
    Frames.write(out, new byte[0]);
    while (true) {
      byte[] message;
      try {
        message = Frames.read(in, LARGEST_REQUEST);
      } catch (EOFException e) {
        return; // the parent closed the pipe
      }
      Request request = Json.read(message, Request.class);
      deadline = System.nanoTime() + Duration.ofSeconds(request.limits().seconds()).plus(GRACE).toNanos();
      Reading reading = parser.read(Frames.gather(in), request.place(), request.limits());
      Frames.write(out, bytes(reading, request.place().name()));
      deadline = Long.MAX_VALUE;
    }
  }

  /** A reading that no JSON can be made of costs its file, and not this process. */
  private static byte[] bytes(Reading reading, String name) {
    try {
      return Json.bytes(reading);
    } catch (RuntimeException e) {
      String reason = "what was read of it cannot be passed on: " + e.getMessage();
      return Json.bytes(new Reading(List.of(), List.of(new DeadLetter(name, reason, "", Instant.now()))));
    }
  }

  private void watch() {
    Optional<ProcessHandle> parent = ProcessHandle.current().parent();
    while (true) {
      try {
        Thread.sleep(1_000);
      } catch (InterruptedException e) {
        return;
      }
      long until = deadline;
      if (parent.map(process -> !process.isAlive()).orElse(true) || until != Long.MAX_VALUE && System.nanoTime() - until > 0) {
        Runtime.getRuntime().halt(HALT);
      }
    }
  }
}
