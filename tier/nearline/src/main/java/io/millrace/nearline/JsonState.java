// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.json.Json;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** A record kept for the current key, as JSON: what an older version wrote can still be read. */
final class JsonState<T> {

  private final ValueState<byte[]> bytes;
  private final Class<T> type;

  JsonState(RuntimeContext context, String name, Class<T> type) {
    this.type = type;
    this.bytes =
        context.getState(new ValueStateDescriptor<>(name, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
  }

  @Nullable T get() throws IOException {
    byte[] value = bytes.value();
    return value == null ? null : Json.read(value, type);
  }

  T getOr(T otherwise) throws IOException {
    T value = get();
    return value == null ? otherwise : value;
  }

  void set(T value) throws IOException {
    bytes.update(Json.bytes(value));
  }

  void clear() {
    bytes.clear();
  }
}
