// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/** What the processor can do; known without loading libtorch. */
public final class Processor {
  private static final Path INFO = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** Names of its extensions as Linux has them ({@code avx2}, {@code amx_bf16}; on Arm {@code bf16}); empty where it does not say. */
  public static Set<String> flags() {
    if (!Files.isReadable(INFO)) {
      return Set.of();
    }
    try {
      return Files.readAllLines(INFO).stream().filter(line -> line.startsWith("flags") || line.startsWith("Features")).findFirst()
          .map(line -> Set.copyOf(Arrays.asList(line.split("\\s+")))).orElse(Set.of());
    } catch (IOException e) {
      return Set.of();
    }
  }

  /** Whether it multiplies BF16. */
  public static boolean multipliesBf16() {
    Set<String> flags = flags();
    return flags.contains("avx512_bf16") || flags.contains("amx_bf16") || flags.contains("bf16");
  }
}
