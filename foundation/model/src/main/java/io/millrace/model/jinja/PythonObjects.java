// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import jinjava.javax.el.MethodNotFoundException;
import jinjava.javax.el.PropertyNotFoundException;
import org.jspecify.annotations.Nullable;

import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What expressions of a template can reach: items of lists, maps and texts, the state of a loop, and some of the methods
 * that Python has for them. No method of a Java object can be called and none of its properties read, so a template
 * that comes from elsewhere sees nothing but its variables.
 */
final class PythonObjects extends ELResolver {
  private static final Set<String> LOOP = Set.of("index", "index0", "revindex", "revindex0", "first", "last", "length", "depth");
  private static final ELResolver LIBRARY = JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY;

  @Override
  public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
    if (base == null) {
      return null;
    }
    context.setPropertyResolved(true);
    String name = String.valueOf(property);
    return switch (base) {
      case Map<?, ?> map -> map.get(name);
      case List<?> list -> item(list, name);
      case Map.Entry<?, ?> pair -> item(Arrays.asList(pair.getKey(), pair.getValue()), name);
      case CharSequence text when index(name, text.length()) >= 0 -> String.valueOf(text.charAt(index(name, text.length())));
      case ForLoop _ when LOOP.contains(name) -> LIBRARY.getValue(context, base, property);
      case CharSequence _ -> null; // undefined, which is no error
      default -> throw new PropertyNotFoundException("no '" + name + "' in a " + kind(base));
    };
  }

  private static @Nullable Object item(List<?> list, String name) {
    int index = index(name, list.size());
    return index >= 0 ? list.get(index) : null;
  }

  /** A place counted from the beginning, or with a minus from the end; negative if there is none. */
  private static int index(String name, int length) {
    if (!name.matches("-?\\d{1,9}")) {
      return -1;
    }
    int index = Integer.parseInt(name);
    int place = index < 0 ? index + length : index;
    return place < length ? place : -1;
  }

  @Override
  public @Nullable Object invoke(
      ELContext context, Object base, Object method, Class<?> @Nullable [] types, Object @Nullable [] parameters) {
    if (base instanceof Filter || base instanceof ExpTest) { // how the library itself calls its filters and tests
      return LIBRARY.invoke(context, base, method, types, parameters);
    }
    context.setPropertyResolved(true);
    List<Object> arguments = parameters == null ? List.of() : Arrays.asList(parameters);
    String name = String.valueOf(method);
    try {
      return switch (base) {
        case CharSequence text -> PythonStrings.call(text.toString(), name, arguments);
        case Map<?, ?> map -> ofMap(map, name, arguments);
        case List<?> list -> ofList(list, name, arguments);
        default -> throw new UnsupportedOperationException("a " + kind(base) + " has no method '" + name + "' here");
      };
    } catch (UnsupportedOperationException | IndexOutOfBoundsException | ClassCastException e) {
      throw new MethodNotFoundException("." + name + "(" + arguments.size() + " arguments): " + e.getMessage(), e);
    }
  }

  private static @Nullable Object ofMap(Map<?, ?> map, String method, List<Object> arguments) {
    return switch (method) {
      case "items" -> pairs(map);
      case "keys" -> new ArrayList<>(map.keySet());
      case "values" -> new ArrayList<>(map.values());
      case "get" -> {
        Object value = map.get(String.valueOf(arguments.getFirst()));
        yield value == null && arguments.size() > 1 ? arguments.get(1) : value;
      }
      default -> throw new UnsupportedOperationException("mappings have no method '" + method + "' here");
    };
  }

  private static Object ofList(List<?> list, String method, List<Object> arguments) {
    return switch (method) {
      case "index" -> (long) list.indexOf(arguments.getFirst());
      case "count" -> list.stream().filter(item -> Objects.equals(item, arguments.getFirst())).count();
      default -> throw new UnsupportedOperationException("lists have no method '" + method + "' here");
    };
  }

  /** Keys with their values, which a loop takes apart. */
  static List<Map.Entry<Object, @Nullable Object>> pairs(Map<?, ?> map) {
    List<Map.Entry<Object, @Nullable Object>> pairs = new ArrayList<>();
    map.forEach((key, value) -> pairs.add(new SimpleImmutableEntry<>(key, value)));
    return pairs;
  }

  private static String kind(Object base) {
    return switch (base) {
      case CharSequence _ -> "text";
      case Number _ -> "number";
      case Boolean _ -> "truth value";
      default -> base.getClass().getSimpleName();
    };
  }

  @Override
  public @Nullable Class<?> getType(ELContext context, @Nullable Object base, Object property) {
    return null;
  }

  @Override
  public void setValue(ELContext context, Object base, Object property, Object value) {
    throw new UnsupportedOperationException("templates do not change what they are given");
  }

  @Override
  public boolean isReadOnly(ELContext context, Object base, Object property) {
    return true;
  }

  @Override
  public @Nullable Class<?> getCommonPropertyType(ELContext context, Object base) {
    return null;
  }

  @Override
  public java.util.@Nullable Iterator<java.beans.FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
    return null;
  }
}
