// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline.compress;

import io.millrace.compress.Agreement;
import io.millrace.compress.CompressionProgress;
import io.millrace.compress.TokenWindows;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.QuantisedFolder;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A compressed model beside its parent: what it saves and what it costs.
 *
 * @param parentBytes of the parent's weights on disk
 * @param bytes of the compressed one's
 * @param agreement on a text that was not used to compress; null where none was given
 * @param speed of both in the same run; null where it was not measured
 */
public record SideBySide(
    long parentBytes, long bytes, @Nullable Agreement agreement, @Nullable DecodingSpeed speed) {

  /**
   * Measures both folders.
   *
   * @param text to predict; null to leave it
   * @param prompts to continue with the engine; empty to leave it
   */
  public static SideBySide of(
      Path parent, Path compressed, @Nullable TokenWindows text, List<String> prompts, CompressionProgress progress)
      throws IOException {
    Agreement agreement = null;
    if (text != null) {
      try (Decoder one = QuantisedFolder.load(parent);
          Decoder other = QuantisedFolder.load(compressed)) {
        agreement = Agreement.of(one, other, text, progress);
      }
    }
    return new SideBySide(bytes(parent), bytes(compressed), agreement,
        prompts.isEmpty() ? null : DecodingSpeed.of(parent, compressed, prompts));
  }

  /** Bytes of a model folder's weights. */
  public static long bytes(Path folder) throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".safetensors")).toList()) {
        sum += Files.size(file);
      }
    }
    return sum;
  }

  /** What the registry keeps: figures, and for those that the parent has too, its own under the same name and {@code .parent}. */
  public Map<String, Double> scores() {
    Map<String, Double> scores = new TreeMap<>();
    put(scores, "bytes", bytes, parentBytes);
    if (agreement != null) {
      put(scores, "perplexity", agreement.perplexity(), agreement.parentPerplexity());
      scores.put("sameToken", agreement.sameToken());
      scores.put("parentDivergence", agreement.divergence());
    }
    if (speed != null && speed.after() != null) {
      put(scores, "tokensPerSecond", speed.after(), speed.before());
    }
    return scores;
  }

  private static void put(Map<String, Double> scores, String name, double value, double parent) {
    scores.put(name, value);
    scores.put(name + ".parent", parent);
  }

  /** The figures for people, each line ended. */
  public String table() {
    StringBuilder table = new StringBuilder(line("", "parent", "compressed", "ratio"));
    table.append(line("megabytes", String.format(Locale.ROOT, "%.2f", parentBytes / 1e6), String.format(Locale.ROOT, "%.2f", bytes / 1e6), ratio(bytes, parentBytes)));
    if (agreement != null) {
      table.append(line("perplexity", String.format(Locale.ROOT, "%.3f", agreement.parentPerplexity()), String.format(Locale.ROOT, "%.3f", agreement.perplexity()),
          ratio(agreement.perplexity(), agreement.parentPerplexity())));
      table.append(line("same likeliest token", "", String.format(Locale.ROOT, "%.2f %%", 100 * agreement.sameToken()), ""));
      table.append(line("KL from the parent", "", String.format(Locale.ROOT, "%.5f", agreement.divergence()), ""));
    }
    if (speed != null) {
      Double after = speed.after();
      table.append(line("tokens a second", String.format(Locale.ROOT, "%.1f", speed.before()), after == null ? "–" : String.format(Locale.ROOT, "%.1f", after),
          after == null ? "" : ratio(after, speed.before())));
      if (!speed.remark().isEmpty()) {
        table.append("The engine does not serve it: ").append(speed.remark()).append('\n');
      }
    }
    return table.toString();
  }

  private static String ratio(double value, double reference) {
    return reference == 0 ? "" : String.format(Locale.ROOT, "%.4f", value / reference);
  }

  private static String line(String name, String parent, String compressed, String ratio) {
    return String.format(Locale.ROOT, "%-22s %12s %12s %8s", name, parent, compressed, ratio).stripTrailing() + "\n";
  }
}
