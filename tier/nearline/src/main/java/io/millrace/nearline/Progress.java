// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.FunctionInitializationContext;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** How far an operator is in its topic: the next offset of each partition, as gauges and in the checkpoints. */
final class Progress {

  static final String GROUP = "millrace";
  static final String PARTITION = "partition";
  static final String NEXT = "next";

  private final MetricGroup metrics;
  private final ListState<Tuple2<Integer, Long>> saved;
  private final Set<Integer> announced = new HashSet<>();

  /** Written by the operator's thread, read by whoever asks for the gauges. */
  private final Map<Integer, Long> next = new ConcurrentHashMap<>();

  Progress(MetricGroup metrics, FunctionInitializationContext context) throws Exception {
    this.metrics = metrics;
    this.saved =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("progress", Types.TUPLE(Types.INT, Types.LONG)));
    for (Tuple2<Integer, Long> each : saved.get()) {
      advance(each.f0, each.f1);
    }
  }

  void passed(Incoming record) {
    advance(record.partition(), record.offset() + 1);
  }

  void save() throws Exception {
    saved.clear();
    for (Map.Entry<Integer, Long> each : next.entrySet()) {
      saved.add(Tuple2.of(each.getKey(), each.getValue()));
    }
  }

  private void advance(int partition, long offset) {
    if (next.merge(partition, offset, Math::max) == offset && announced.add(partition)) {
      metrics
          .addGroup(GROUP)
          .addGroup(PARTITION, Integer.toString(partition))
          .gauge(NEXT, () -> next.getOrDefault(partition, 0L));
    }
  }
}
