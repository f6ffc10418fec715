// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

import java.util.ArrayList;
import java.util.List;

/** Collects the identities in one bucket and, at its end, emits the pairs that may be copies as {@code a TAB b}. */
final class Buckets extends KeyedProcessFunction<String, Tuple2<String, String>, String> {

  private static final long serialVersionUID = 1L;

  private transient ListState<String> members;

  @Override
  public void open(OpenContext context) {
    members = getRuntimeContext().getListState(new ListStateDescriptor<>("members", Types.STRING));
  }

  @Override
  public void processElement(Tuple2<String, String> member, Context context, Collector<String> out)
      throws Exception {
    members.add(member.f1);
    // In batch mode this timer fires once, when all members of the key have been seen.
    context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<String> out) throws Exception {
    List<String> ids = new ArrayList<>();
    members.get().forEach(ids::add);
    for (NearDuplicates.Pair pair : NearDuplicates.pairs(ids)) {
      out.collect(pair.first() + "\t" + pair.second());
    }
    members.clear();
  }
}
