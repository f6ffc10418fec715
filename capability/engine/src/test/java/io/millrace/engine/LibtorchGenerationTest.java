// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.time.Deadline;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The whole engine with libtorch's arithmetic. */
class LibtorchGenerationTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir
  Path folder;

  private static Arithmetic.Libtorch on(String device) {
    Device parsed = Device.parse(device);
    Assumptions.assumeTrue(parsed.equals(Device.CPU) || torch.cuda_is_available(), "no CUDA device");
    return new Arithmetic.Libtorch(parsed, DType.F32);
  }

  private static DecoderGenerator open(Path model, Arithmetic arithmetic) throws IOException {
    ContinuousBatcher.Limits limits = new ContinuousBatcher.Limits(4, 16, 40, 3);
    return DecoderGenerator.open(model, "small",
        new DecoderGenerator.Settings(2, limits, KvFormat.F32, 0).on(arithmetic));
  }

  private static List<Integer> readAll(TokenStream stream) throws InterruptedException {
    List<Integer> out = new ArrayList<>();
    for (OptionalInt t = stream.next(LONG); t.isPresent(); t = stream.next(LONG)) {
      out.add(t.getAsInt());
    }
    assertThat(stream.ended()).as("a token within %s", LONG).isTrue();
    return out;
  }

  private static TokenRequest greedy(int maxTokens, int... prompt) {
    return new TokenRequest(prompt, maxTokens, SamplingOptions.GREEDY, Set.of(), Deadline.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void writesWhatTheKernelsWriteForManyRequestsAtOnce(String device) throws Exception {
    Path model = SmallModel.write(folder, 1);
    Arithmetic libtorch = on(device);
    try (DecoderGenerator kernels = open(model, Arithmetic.KERNELS); DecoderGenerator torch = open(model, libtorch);
        ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Generation>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        GenerationRequest request = DecoderGeneratorTest.request(40, i);
        calls.add(() -> torch.generate(request, t -> { }));
      }
      List<Future<Generation>> together = pool.invokeAll(calls);
      for (int i = 0; i < 8; i++) {
        assertThat(together.get(i).get().text())
            .isEqualTo(kernels.generate(DecoderGeneratorTest.request(40, i), t -> { }).text());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void takesABeginningFromTheCacheAndWritesTheSame(String device) throws Exception {
    Path model = SmallModel.write(folder, 2);
    Arithmetic libtorch = on(device);
    int[] beginning = new Random(6).ints(100, 3, 300).toArray();
    try (DecoderGenerator torch = open(model, libtorch); DecoderGenerator kernels = open(model, Arithmetic.KERNELS)) {
      TokenStream read = torch.submit(greedy(60, beginning));
      TokenStream cached = null;
      List<Integer> first = readAll(read);
      cached = torch.submit(greedy(60, beginning));
      assertThat(readAll(cached)).isEqualTo(first).isEqualTo(readAll(kernels.submit(greedy(60, beginning))));
      assertThat(read.cachedTokens()).isZero();
      assertThat(cached.cachedTokens()).isEqualTo(96); // three whole pages of 32
    }
  }

  @Test
  void writesTheReferenceText() throws Exception {
    Stories stories = Stories.read();
    Path model = stories.write(folder, io.millrace.model.safetensors.DType.F32);
    try (ContinuousBatcher batcher = new ContinuousBatcher(
        TorchDecoder.open(model, LlamaConfig.read(model), Device.CPU, DType.F32, KvFormat.F32, 64),
        ContinuousBatcher.Limits.DEFAULT)) {
      assertThat(stories.decode(readAll(batcher.submit(greedy(200, Stories.BOS))))).isEqualTo(stories.greedyText());
    }
  }

  @Test
  void saysWhatItNeedsWhereItCannotCompute() throws IOException {
    Path model = SmallModel.write(folder, 3);
    assertThatThrownBy(() -> open(model, Arithmetic.on("cuda:99"))).isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cuda:99").hasMessageContaining("-Pcuda");
    assertThatThrownBy(() -> DecoderGenerator.open(model, "small",
        new DecoderGenerator.Settings(2, ContinuousBatcher.Limits.DEFAULT, KvFormat.INT8, 0).on(on("cpu"))))
        .hasMessageContaining("INT8");
    assertThatThrownBy(() -> new Arithmetic.Libtorch(Device.CPU, DType.F16)).hasMessageContaining("F16");
    assertThatThrownBy(() -> Arithmetic.on("gpu")).hasMessageContaining("cpu, cuda or cuda:N");
    assertThat(Arithmetic.on("cpu")).isEqualTo(Arithmetic.KERNELS);
    assertThat(Arithmetic.on("cuda")).isEqualTo(new Arithmetic.Libtorch(Device.parse("cuda:0"), DType.BF16));
  }
}
