// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.GroupInt8;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorView;
import org.junit.jupiter.api.Assumptions;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pretrained stories260K (llama2.c's format), written as Hugging Face folders; and its tokenizer's pieces. */
final class Stories {
  static final int VOCABULARY = 512;
  static final int BOS = 1;

  private final Path data;
  private final int[] header = new int[7];
  private final List<TensorView> tensors = new ArrayList<>();
  private final List<byte[]> pieces = new ArrayList<>();

  private Stories(Path data) throws IOException {
    this.data = data;
    readWeights(ByteBuffer.wrap(Files.readAllBytes(data.resolve("stories260K.bin"))).order(ByteOrder.LITTLE_ENDIAN));
    ByteBuffer tok = ByteBuffer.wrap(Files.readAllBytes(data.resolve("tok512.bin"))).order(ByteOrder.LITTLE_ENDIAN);
    tok.getInt();
    for (int i = 0; i < VOCABULARY; i++) {
      tok.getFloat();
      byte[] piece = new byte[tok.getInt()];
      tok.get(piece);
      pieces.add(piece);
    }
  }

  static Stories read() throws IOException {
    Path data = Path.of(System.getProperty("millrace.data", "absent")).resolve("stories260K");
    Assumptions.assumeTrue(Files.isDirectory(data), "no reference model at " + data);
    return new Stories(data);
  }

  private void readWeights(ByteBuffer in) {
    for (int i = 0; i < header.length; i++) {
      header[i] = in.getInt();
    }
    FloatBuffer f = in.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    int dim = header[0];
    int hidden = header[1];
    int layers = header[2];
    int heads = header[3];
    int kvHeads = header[4];
    int headDim = dim / heads;
    int kvDim = kvHeads * headDim;
    add("model.embed_tokens.weight", take(f, header[5] * dim), header[5], dim);
    perLayer(f, layers, "input_layernorm", 0, dim);
    perLayer(f, layers, "self_attn.q_proj", heads, dim, dim);
    perLayer(f, layers, "self_attn.k_proj", kvHeads, kvDim, dim);
    perLayer(f, layers, "self_attn.v_proj", 0, kvDim, dim);
    perLayer(f, layers, "self_attn.o_proj", 0, dim, dim);
    perLayer(f, layers, "post_attention_layernorm", 0, dim);
    perLayer(f, layers, "mlp.gate_proj", 0, hidden, dim);
    perLayer(f, layers, "mlp.down_proj", 0, dim, hidden);
    perLayer(f, layers, "mlp.up_proj", 0, hidden, dim);
    add("model.norm.weight", take(f, dim), dim);
  }

  private void perLayer(FloatBuffer f, int layers, String name, int rotatedHeads, int... shape) {
    for (int l = 0; l < layers; l++) {
      float[] w = take(f, shape.length == 1 ? shape[0] : shape[0] * shape[1]);
      add("model.layers." + l + "." + name + ".weight",
          rotatedHeads == 0 ? w : halves(w, rotatedHeads, shape[0] / rotatedHeads, shape[1]), shape);
    }
  }

  private void add(String name, float[] w, int... shape) {
    long[] wide = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      wide[i] = shape[i];
    }
    tensors.add(TensorView.ofFloats(name, w, wide));
  }

  private static float[] take(FloatBuffer f, int n) {
    float[] out = new float[n];
    f.get(out);
    return out;
  }

  /** llama2.c rotates neighbouring dimensions, Hugging Face's layout rotates halves. */
  private static float[] halves(float[] w, int heads, int headDim, int columns) {
    float[] out = new float[w.length];
    for (int h = 0; h < heads; h++) {
      for (int d = 0; d < headDim; d++) {
        int to = d % 2 == 0 ? d / 2 : headDim / 2 + d / 2;
        System.arraycopy(w, (h * headDim + d) * columns, out, (h * headDim + to) * columns, columns);
      }
    }
    return out;
  }

  /** Writes config.json and model.safetensors with matrices in this type: F32, BF16 or I8. */
  Path write(Path folder, DType type) throws IOException {
    Files.createDirectories(folder);
    List<TensorView> out = new ArrayList<>();
    for (TensorView t : tensors) {
      out.addAll(t.shape().length == 1 || type == DType.F32 ? List.of(t)
          : type == DType.BF16 ? List.of(bf16(t)) : int8(t));
    }
    SafetensorsWriter.write(folder.resolve("model.safetensors"), out, Map.of());
    Map<String, Object> config = new LinkedHashMap<>(Map.of("model_type", "llama", "hidden_size", header[0],
        "intermediate_size", header[1], "num_hidden_layers", header[2], "num_attention_heads", header[3],
        "num_key_value_heads", header[4], "vocab_size", header[5], "max_position_embeddings", header[6],
        "rms_norm_eps", 1e-5, "tie_word_embeddings", true));
    config.put("bos_token_id", BOS);
    config.put("eos_token_id", List.of(BOS, 2));
    if (type == DType.I8) {
      config.put("quantization_config", Map.of("quant_method", GroupInt8.METHOD, "group_size", GroupInt8.GROUP));
    }
    Files.writeString(folder.resolve("config.json"), Json.write(config));
    return folder;
  }

  private static TensorView bf16(TensorView t) {
    float[] w = t.toFloats();
    short[] s = new short[w.length];
    for (int i = 0; i < w.length; i++) {
      int bits = Float.floatToIntBits(w[i]);
      s[i] = (short) ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
    return new TensorView(t.name(), DType.BF16, t.shape(), MemorySegment.ofArray(s));
  }

  private static List<TensorView> int8(TensorView t) {
    int rows = (int) t.shape()[0];
    int columns = (int) t.shape()[1];
    int groups = GroupInt8.groups(columns);
    float[] w = t.toFloats();
    byte[] q = new byte[w.length];
    float[] scales = new float[rows * groups];
    for (int r = 0; r < rows; r++) {
      float[] row = java.util.Arrays.copyOfRange(w, r * columns, (r + 1) * columns);
      GroupInt8.quantise(row, columns, q, r * columns, scales, r * groups);
    }
    return List.of(new TensorView(t.name(), DType.I8, t.shape(), MemorySegment.ofArray(q)),
        TensorView.ofFloats(GroupInt8.scaleName(t.name()), scales, rows, groups));
  }

  /** Logits [32][512] on the greedy path from BOS, computed by llama2.c. */
  float[][] referenceLogits() throws IOException {
    FloatBuffer f = ByteBuffer.wrap(Files.readAllBytes(data.resolve("reference_logits_f32le_32x512.bin")))
        .order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[][] out = new float[32][VOCABULARY];
    for (float[] row : out) {
      f.get(row);
    }
    return out;
  }

  /** The input tokens of the greedy path. */
  int[] greedyPath() throws IOException {
    return Files.readAllLines(data.resolve("reference_greedy_pos_in_out_logit.txt")).stream()
        .mapToInt(line -> Integer.parseInt(line.split(" ")[1])).toArray();
  }

  /** The greedy text of 200 positions. */
  String greedyText() throws IOException {
    return Json.tree(Files.readAllBytes(data.resolve("reference_outputs.json"))).path("cases").get(0)
        .path("expected").asString();
  }

  /** As llama2.c prints tokens: after BOS a leading blank is dropped. */
  String decode(List<Integer> tokens) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean first = true;
    for (int t : tokens) {
      byte[] piece = pieces.get(t);
      String text = new String(piece, StandardCharsets.UTF_8);
      if (text.matches("<0x[0-9A-F]{2}>")) {
        out.write(Integer.parseInt(text.substring(3, 5), 16));
      } else {
        int skip = first && piece.length > 0 && piece[0] == ' ' ? 1 : 0;
        out.write(piece, skip, piece.length - skip);
      }
      first = false;
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
