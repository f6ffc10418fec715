// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.core.document.Language;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;

/**
 * The bge-small-v1.5 encoders (BAAI, MIT licence) that come as ONNX files in Maven jars, one per language.
 *
 * @see <a href="https://arxiv.org/abs/2309.07597">C-Pack, Xiao et al. 2023</a>
 */
public final class PretrainedEncoder {
  private PretrainedEncoder() {}

  /** The encoder's weights, in F32. */
  public static Encoder load(Language language) throws IOException {
    return Encoder.of(EncoderTensors.ofOnnx(MemorySegment.ofArray(onnx(language))));
  }

  /** Its ONNX file. */
  public static byte[] onnx(Language language) throws IOException {
    return resource(name(language) + ".onnx");
  }

  /** The text of its {@code tokenizer.json}. */
  public static byte[] tokenizer(Language language) throws IOException {
    return resource(name(language) + "-tokenizer.json");
  }

  /** The model's name, such as bge-small-en-v1.5. */
  public static String name(Language language) {
    return "bge-small-" + language.code() + "-v1.5";
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = PretrainedEncoder.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new IOException("no resource " + name + " on the class path: add the langchain4j-embeddings-bge jar");
      }
      return in.readAllBytes();
    }
  }
}
