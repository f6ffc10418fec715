// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A checkpoint cut into several files, joined by the {@code weight_map} of its index. */
public final class ShardedSafetensors implements TensorSource {
  private final Path index;
  private final Map<String, SafetensorsFile> shards;
  private final Map<String, SafetensorsFile> shardOf;

  private ShardedSafetensors(Path index, Map<String, SafetensorsFile> shards, Map<String, SafetensorsFile> shardOf) {
    this.index = index;
    this.shards = shards;
    this.shardOf = shardOf;
  }

  /**
   * Opens the index and every shard that it names; a shard may only be a plain file name beside the index.
   *
   * @throws MalformedSafetensorsException when the index or a shard is torn, or a shard lacks a tensor
   */
  public static ShardedSafetensors open(Path index) throws IOException {
    Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    Map<String, SafetensorsFile> shardOf = new TreeMap<>();
    try {
      for (Map.Entry<String, JsonNode> e : weightMap(index).properties()) {
        String file = e.getValue().asString("");
        SafetensorsFile shard = shards.get(file);
        if (shard == null) {
          shard = SafetensorsFile.open(beside(index, file));
          shards.put(file, shard);
        }
        if (shard.find(e.getKey()).isEmpty()) {
          throw new MalformedSafetensorsException(
              index + ": tensor " + e.getKey() + ": expected in shard " + file + ", which does not hold it");
        }
        shardOf.put(e.getKey(), shard);
      }
    } catch (Throwable t) {
      shards.values().forEach(SafetensorsFile::close);
      throw t;
    }
    return new ShardedSafetensors(index, shards, shardOf);
  }

  private static JsonNode weightMap(Path index) throws IOException {
    try {
      JsonNode map = Header.JSON.readTree(Files.readAllBytes(index)).path("weight_map");
      if (!map.isObject() || map.isEmpty()) {
        throw new MalformedSafetensorsException(index + ": expected an object 'weight_map', found " + map.getNodeType());
      }
      return map;
    } catch (JacksonException e) {
      throw new MalformedSafetensorsException(index + ": not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static Path beside(Path index, String file) throws MalformedSafetensorsException {
    // An index from outside must not reach into other folders.
    if (file.isEmpty() || file.contains("/") || file.contains("\\") || file.equals("..") || file.indexOf('\0') >= 0) {
      throw new MalformedSafetensorsException(index + ": expected a plain file name as shard, found '" + file + "'");
    }
    return index.resolveSibling(file);
  }

  @Override
  public Set<String> names() {
    return shardOf.keySet();
  }

  @Override
  public Optional<TensorView> find(String name) {
    SafetensorsFile shard = shardOf.get(name);
    return shard == null ? Optional.empty() : shard.find(name);
  }

  @Override
  public Path path() {
    return index;
  }

  @Override
  public void close() {
    shards.values().forEach(SafetensorsFile::close);
  }
}
