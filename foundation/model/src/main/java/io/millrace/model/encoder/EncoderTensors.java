// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** An encoder's tensors on disk, under the names of BertModel, without libtorch. */
public interface EncoderTensors {

  /** The shape of the encoder. */
  EncoderConfig config();

  /**
   * One tensor, row-major.
   *
   * @throws IllegalArgumentException naming the tensor, its expected and its found shape, if it is not there or does not fit
   */
  float[] floats(String name, int... shape);

  /**
   * Those of an ONNX file that was exported from BertModel in F32.
   *
   * @param file must stay readable while tensors are taken
   * @throws IllegalArgumentException naming what is missing, if it is no such file
   */
  static EncoderTensors ofOnnx(MemorySegment file) {
    return new OnnxTensors(file);
  }

  /**
   * Those of a Hugging Face folder, see {@link EncoderFolder}.
   *
   * @param source the folder's tensors, open while tensors are taken
   */
  static EncoderTensors ofFolder(Path folder, TensorSource source) throws IOException {
    return ofFolder(folder, source, "");
  }

  /**
   * Those of a Hugging Face folder of a model that has an encoder as a part.
   *
   * @param source the folder's tensors, open while tensors are taken
   * @param prefix of the encoder's names in it, such as {@code bert.}
   */
  static EncoderTensors ofFolder(Path folder, TensorSource source, String prefix) throws IOException {
    EncoderConfig config = EncoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(folder.resolve("config.json"))));
    return new EncoderTensors() {
      @Override
      public EncoderConfig config() {
        return config;
      }

      @Override
      public float[] floats(String name, int... shape) {
        TensorView view = source.tensor(prefix + name);
        int[] found = Arrays.stream(view.shape()).mapToInt(Math::toIntExact).toArray();
        if (!Arrays.equals(found, shape)) {
          throw new IllegalArgumentException("%s: tensor %s: expected shape %s, found %s"
              .formatted(source.path(), prefix + name, Arrays.toString(shape), Arrays.toString(found)));
        }
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
          values[i] = view.floatAt(i);
        }
        return values;
      }
    };
  }
}
