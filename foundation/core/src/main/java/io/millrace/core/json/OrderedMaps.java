// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.json;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitorWrapper;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.type.MapType;

import java.util.EnumMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * Writes maps that have no order of their own by their keys. {@code Map.of} and {@code Map.copyOf} iterate in an order that
 * differs from one process to the next; without this, equal artifacts would be files with different digests.
 */
final class OrderedMaps extends ValueSerializerModifier {

  private static final long serialVersionUID = 1L;

  @Override
  @SuppressWarnings("unchecked")
  public ValueSerializer<?> modifyMapSerializer(
      SerializationConfig config, MapType type, BeanDescription.Supplier description, ValueSerializer<?> serializer) {
    return new Ordered((ValueSerializer<Object>) serializer);
  }

  private static final class Ordered extends ValueSerializer<Map<?, ?>> {

    private final ValueSerializer<Object> entries;

    Ordered(ValueSerializer<Object> entries) {
      this.entries = entries;
    }

    @Override
    public void serialize(Map<?, ?> map, JsonGenerator json, SerializationContext context) {
      entries.serialize(ordered(map), json, context);
    }

    @Override
    public void serializeWithType(Map<?, ?> map, JsonGenerator json, SerializationContext context, TypeSerializer type) {
      entries.serializeWithType(ordered(map), json, context, type);
    }

    @Override
    public void resolve(SerializationContext context) {
      entries.resolve(context);
    }

    @Override
    @SuppressWarnings("unchecked")
    public ValueSerializer<?> createContextual(SerializationContext context, BeanProperty property) {
      return new Ordered((ValueSerializer<Object>) entries.createContextual(context, property));
    }

    @Override
    public boolean isEmpty(SerializationContext context, Map<?, ?> map) {
      return entries.isEmpty(context, map);
    }

    @Override
    public void acceptJsonFormatVisitor(JsonFormatVisitorWrapper visitor, JavaType type) {
      entries.acceptJsonFormatVisitor(visitor, type);
    }

    private static Map<?, ?> ordered(Map<?, ?> map) {
      boolean ownOrder = map.size() < 2 || map instanceof SequencedMap || map instanceof EnumMap;
      return ownOrder || !map.keySet().stream().allMatch(Comparable.class::isInstance) ? map : new TreeMap<>(map);
    }
  }
}
