// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.AdapterFolder.Target;
import io.millrace.model.safetensors.Codes;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.QuantisedMatrix;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorSpec;
import io.millrace.model.safetensors.TensorView;
import io.millrace.model.safetensors.WeightFormat;
import io.millrace.tensor.Device;
import io.millrace.tensor.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DeviceTensorsTest {
  private static final int COLUMNS = 96;

  @TempDir
  Path folder;

  private final Random random = new Random(8);

  private Codes codes(int rows) {
    Codes codes = new Codes(rows, COLUMNS, 32);
    for (int i = 0; i < codes.values().length; i++) {
      codes.values()[i] = (byte) (random.nextInt(16) - 8);
    }
    for (int i = 0; i < codes.scales().length; i++) {
      codes.scales()[i] = (random.nextInt(64) - 32) / 128f; // whole in BF16
    }
    return codes;
  }

  /** One matrix in four bits, one in eight, one in halves. */
  private TensorSource write() throws IOException {
    short[] halves = new short[2 * COLUMNS];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = Float.floatToFloat16(i / 8f);
    }
    TensorView whole =
        new TensorView("halves", DType.F16, new long[] {2, COLUMNS}, MemorySegment.ofArray(halves));
    List<TensorSpec> specs = new ArrayList<>();
    specs.addAll(WeightFormat.INT4.specs("four", 5, COLUMNS));
    specs.addAll(WeightFormat.INT8.specs("eight", 3, COLUMNS));
    specs.add(whole.spec());
    try (SafetensorsWriter writer = SafetensorsWriter.create(folder.resolve("model.safetensors"), specs, Map.of())) {
      WeightFormat.INT4.write(writer, "four", codes(5));
      WeightFormat.INT8.write(writer, "eight", codes(3));
      writer.put("halves", whole.data());
      writer.commit();
    }
    return TensorSource.openFolder(folder);
  }

  @Test
  void putsMatricesInAnyFormatOneBelowTheOtherAsTheyAreReadOneWeightAtATime() throws IOException {
    try (TensorSource source = write();
        DeviceTensors tensors = new DeviceTensors(Device.CPU, io.millrace.tensor.DType.F32)) {
      float[] all = Tensors.floats(tensors.matrices(source,
          List.of(new Target("four", 5, COLUMNS), new Target("halves", 2, COLUMNS), new Target("eight", 3, COLUMNS))));
      assertThat(all).hasSize(10 * COLUMNS);
      assertThat(Arrays.copyOf(all, 5 * COLUMNS))
          .isEqualTo(QuantisedMatrix.find(source, "four").orElseThrow().toFloats());
      assertThat(Arrays.copyOfRange(all, 5 * COLUMNS, 7 * COLUMNS)).isEqualTo(source.tensor("halves").toFloats());
      assertThat(Arrays.copyOfRange(all, 7 * COLUMNS, 10 * COLUMNS))
          .isEqualTo(QuantisedMatrix.find(source, "eight").orElseThrow().toFloats());
      assertThat(tensors.bytes()).isEqualTo(10L * COLUMNS * Float.BYTES);
    }
  }

  @Test
  void saysWhichMatrixHasAnotherShape() throws IOException {
    try (TensorSource source = write();
        DeviceTensors tensors = new DeviceTensors(Device.CPU, io.millrace.tensor.DType.F32)) {
      assertThatThrownBy(() -> tensors.matrices(source, List.of(new Target("four", 6, COLUMNS))))
          .hasMessage("tensor four: expected shape [6, 96], found [5, 96]");
      assertThatThrownBy(() -> tensors.matrices(source, List.of(new Target("halves", 6, COLUMNS))))
          .hasMessageContaining("tensor halves: expected shape [6, 96]");
    }
  }
}
