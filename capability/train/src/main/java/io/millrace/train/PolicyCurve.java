// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The iterations of a run, in memory and in {@code policy.jsonl}. A resumed run reads from it how the weight of the
 * divergence had been adapted, so each line is on the disk before the checkpoint that follows it.
 */
final class PolicyCurve {
  private final Path file;
  private final List<PolicyMetrics> points = new ArrayList<>();

  PolicyCurve(Path folder) throws IOException {
    Files.createDirectories(folder);
    file = folder.resolve("policy.jsonl");
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        // The last line may be torn by a kill.
        if (line.endsWith("}")) {
          points.add(Json.read(line, PolicyMetrics.class));
        }
      }
    }
  }

  /** Forgets what an interrupted run did after its checkpoint; called before each iteration. */
  void upTo(long iteration) {
    if (points.size() == iteration) {
      return;
    }
    if (points.size() < iteration) {
      throw new IllegalStateException("%s has %d iterations, but the checkpoint beside it stands at %d; delete it to start anew"
          .formatted(file, points.size(), iteration));
    }
    points.subList((int) iteration, points.size()).clear();
    try {
      Files.write(file, points.stream().map(Json::write).toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  void add(PolicyMetrics point) {
    points.add(point);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      ByteBuffer line = ByteBuffer.wrap((Json.write(point) + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        channel.write(line);
      }
      channel.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  List<PolicyMetrics> points() {
    return points;
  }
}
