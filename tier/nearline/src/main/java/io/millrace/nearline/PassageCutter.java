// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Passages;
import io.millrace.core.json.Json;
import io.millrace.core.log.Topic;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.Collector;

/** Turns each version of a document into its list of passages, unless it says what the last one said. */
final class PassageCutter extends FollowingFunction {

  private static final long serialVersionUID = 1L;

  @SuppressWarnings("NullAway.Init") // set in open
  private transient ValueState<String> published;

  @Override
  public void open(OpenContext context) {
    published = getRuntimeContext().getState(new ValueStateDescriptor<>("published", Types.STRING));
  }

  @Override
  void process(Incoming record, Context context, Collector<Outgoing> out) throws Exception {
    if (record.value() == null) {
      published.clear();
      out.collect(Outgoing.deletion(Topic.PASSAGES, record.key()));
      return;
    }
    byte[] passages;
    try {
      Document document = documentOf(record);
      passages = Json.bytes(Passages.of(document));
    } catch (RuntimeException e) {
      out.collect(Outgoing.deadLetter(Topic.DOCUMENTS, record, e));
      return;
    }
    String digest = digest(passages);
    if (!digest.equals(published.value())) {
      published.update(digest);
      out.collect(new Outgoing(Topic.PASSAGES, record.key(), passages));
    }
  }
}
