// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.KvFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SelfTestTest {
  @TempDir
  Path folder;

  @Test
  void passesASoundModelAndNamesTheMatrixOfATornOne() throws IOException {
    SmallModel.write(folder, 1);
    LlamaConfig config = LlamaConfig.read(folder);
    try (LlamaDecoder sound = LlamaDecoder.open(folder, config, 2, KvFormat.BF16, 0)) {
      assertThatCode(() -> SelfTest.run(sound)).doesNotThrowAnyException();
    }
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    java.util.Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0xff); // all ones is not a number
    Files.write(file, bytes);
    try (LlamaDecoder torn = LlamaDecoder.open(folder, config, 2, KvFormat.BF16, 0)) {
      assertThatThrownBy(() -> SelfTest.run(torn)).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("self-test of model.");
    }
  }
}
