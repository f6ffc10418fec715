// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import java.util.Map;
import java.util.Optional;

/**
 * Where processes meet and which one this is; the environment variables are those that torchrun sets.
 *
 * @param host of rank 0, which holds the store ({@code MASTER_ADDR})
 * @param port of that store ({@code MASTER_PORT})
 * @param rank of this process ({@code RANK})
 * @param size number of processes ({@code WORLD_SIZE})
 * @param localRank number of this process on its machine, which is the number of its GPU ({@code LOCAL_RANK})
 */
public record Rendezvous(String host, int port, int rank, int size, int localRank) {
  /** Checks the ranges. */
  public Rendezvous {
    if (host.isBlank()) {
      throw new IllegalArgumentException("MASTER_ADDR is empty: give the address of the machine of rank 0");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("MASTER_PORT " + port + ": must be within 1 and 65535");
    }
    if (size < 1 || rank < 0 || rank >= size) {
      throw new IllegalArgumentException("RANK " + rank + " of WORLD_SIZE " + size + ": ranks are 0 to WORLD_SIZE - 1");
    }
    if (localRank < 0 || localRank > rank) {
      throw new IllegalArgumentException("LOCAL_RANK " + localRank + " of RANK " + rank + ": must be within 0 and RANK");
    }
  }

  /**
   * Reads the environment; empty if {@code WORLD_SIZE} is not set, so that a process is on its own.
   *
   * @throws IllegalArgumentException naming the variable that is missing or no number
   */
  public static Optional<Rendezvous> of(Map<String, String> environment) {
    if (!environment.containsKey("WORLD_SIZE")) {
      return Optional.empty();
    }
    int rank = number(environment, "RANK");
    int localRank = environment.containsKey("LOCAL_RANK") ? number(environment, "LOCAL_RANK") : 0;
    return Optional.of(new Rendezvous(
        text(environment, "MASTER_ADDR"), number(environment, "MASTER_PORT"), rank, number(environment, "WORLD_SIZE"),
        localRank));
  }

  private static int number(Map<String, String> environment, String name) {
    String value = text(environment, name);
    try {
      return Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " \"" + value + "\": must be a whole number", e);
    }
  }

  private static String text(Map<String, String> environment, String name) {
    String value = environment.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "WORLD_SIZE is set but " + name + " is not: set MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE for every process");
    }
    return value;
  }
}
