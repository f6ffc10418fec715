// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * An adapter in a folder, as PEFT reads and writes it: {@code adapter_config.json} and
 * {@code adapter_model.safetensors}.
 *
 * @see <a href="https://huggingface.co/docs/peft/developer_guides/checkpoint">PEFT's checkpoint format</a>
 */
public final class AdapterFolder {
  /** Describes the adapter. */
  public static final String CONFIG = "adapter_config.json";

  /** Holds its tensors. */
  public static final String TENSORS = "adapter_model.safetensors";

  private static final String PREFIX = "base_model.model.";

  private AdapterFolder() {}

  /**
   * Writes the folder, making it if need be.
   *
   * @param base name or folder of the decoder that it belongs to, for whoever finds it
   */
  public static void save(Adapter adapter, String base, Path folder) throws IOException {
    Files.createDirectories(folder);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    adapter.weights().named().forEach((name, tensor) -> tensors.put(PREFIX + name, tensor));
    try (Scope _ = Scope.open()) {
      TensorFolder.write(folder.resolve(TENSORS), tensors, DType.F32);
    }
    Files.writeString(folder.resolve(CONFIG), config(adapter.lora(), base));
  }

  private static String config(Lora lora, String base) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("peft_type", "LORA");
    json.put("task_type", "CAUSAL_LM");
    json.put("base_model_name_or_path", base);
    json.put("r", lora.rank());
    json.put("lora_alpha", lora.alpha());
    json.put("use_rslora", lora.rankStabilised());
    json.put("target_modules", lora.targets());
    json.put("lora_dropout", 0.0);
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    json.put("inference_mode", true);
    return Json.writePretty(json) + "\n";
  }

  /**
   * Reads a folder.
   *
   * @throws IllegalArgumentException naming the key or tensor, when it is no LoRA adapter or has a part that is not
   *     computed here
   */
  public static Adapter load(Path folder) throws IOException {
    Path file = folder.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(folder + " is no adapter: it has no " + CONFIG);
    }
    JsonNode json = Json.tree(Files.readAllBytes(file));
    refuseWhatIsNotComputed(json, file);
    try (TensorSource source = SafetensorsFile.open(folder.resolve(TENSORS))) {
      Map<String, Weights.Slot> slots = new LinkedHashMap<>();
      TreeSet<String> targets = new TreeSet<>();
      for (String stored : source.names()) {
        String name = stored.startsWith(PREFIX) ? stored.substring(PREFIX.length()) : stored;
        if (!(name.endsWith(Adapter.A) || name.endsWith(Adapter.B))) {
          throw new IllegalArgumentException(source.path() + ": tensor " + stored + " is not part of a LoRA adapter");
        }
        targets.add(Lora.lastPart(name.substring(0, name.length() - Adapter.A.length())));
        slots.put(name, new Weights.Slot(new Weights.Start.Constant(0), source.tensor(stored).shape()));
      }
      Lora lora = new Lora(json.path("r").asInt(0), json.path("lora_alpha").asDouble(0),
          json.path("use_rslora").asBoolean(false), List.copyOf(targets));
      return new Adapter(lora, filled(source, slots));
    }
  }

  private static Weights filled(TensorSource source, Map<String, Weights.Slot> slots) {
    Weights weights = Weights.create(DType.F32, slots);
    try (Scope _ = Scope.open()) {
      Map<String, Tensor> targets = new LinkedHashMap<>();
      weights.named().forEach(
          (name, tensor) -> targets.put(source.names().contains(PREFIX + name) ? PREFIX + name : name, tensor));
      TensorFolder.read(source, targets);
      return weights;
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
  }

  private static void refuseWhatIsNotComputed(JsonNode json, Path file) {
    require(json.path("peft_type").asString("").equals("LORA"), file, json, "peft_type", "LORA");
    require(!json.path("use_dora").asBoolean(false), file, json, "use_dora", "false");
    require(json.path("bias").asString("none").equals("none"), file, json, "bias", "\"none\"");
    require(!json.path("fan_in_fan_out").asBoolean(false), file, json, "fan_in_fan_out", "false");
    for (String key : List.of("rank_pattern", "alpha_pattern", "modules_to_save")) {
      require(json.path(key).isMissingNode() || json.path(key).isNull() || json.path(key).isEmpty(), file, json, key, "empty");
    }
  }

  private static void require(boolean holds, Path file, JsonNode json, String key, String computed) {
    if (!holds) {
      throw new IllegalArgumentException(
          file + ": " + key + " is " + json.path(key) + ", but only " + computed + " is computed");
    }
  }
}
