// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What PEFT's {@code adapter_config.json} says of an adapter.
 *
 * @param rank of its matrices
 * @param factor what their product is multiplied by
 */
record AdapterConfig(int rank, float factor) {
  static AdapterConfig read(Path folder) throws IOException {
    Path file = folder.resolve("adapter_config.json");
    try {
      JsonNode c = Json.tree(Files.readAllBytes(file));
      if (!c.path("peft_type").asString("LORA").equals("LORA")) {
        throw new IllegalArgumentException("peft_type: expected LORA, found " + c.path("peft_type"));
      }
      int rank = c.path("r").asInt(0);
      if (rank < 1) {
        throw new IllegalArgumentException("r: expected a positive integer, found " + c.path("r"));
      }
      if (c.path("use_dora").asBoolean(false)) {
        throw new IllegalArgumentException("use_dora: expected false, found true");
      }
      double alpha = c.path("lora_alpha").asDouble(rank);
      double root = c.path("use_rslora").asBoolean(false) ? Math.sqrt(rank) : rank;
      return new AdapterConfig(rank, (float) (alpha / root));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
