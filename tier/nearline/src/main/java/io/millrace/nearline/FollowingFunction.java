// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Follows a topic key by key and shows how far it is. */
abstract class FollowingFunction extends KeyedProcessFunction<String, Incoming, Outgoing>
    implements CheckpointedFunction {

  private static final long serialVersionUID = 1L;

  private transient @Nullable Progress progress;

  abstract void process(Incoming record, Context context, Collector<Outgoing> out) throws Exception;

  @Override
  public final void processElement(Incoming record, Context context, Collector<Outgoing> out) throws Exception {
    process(record, context, out);
    if (progress != null) {
      progress.passed(record);
    }
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    progress = new Progress(getRuntimeContext().getMetricGroup(), context);
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    if (progress != null) {
      progress.save();
    }
  }

  /**
   * Reads a record's document.
   *
   * @throws IllegalArgumentException when it is none, or one with another identity than its key
   */
  static Document documentOf(Incoming record) {
    byte[] value = record.value();
    if (value == null) {
      throw new IllegalArgumentException("the record is a deletion");
    }
    Document document = Json.read(value, Document.class);
    if (!document.id().equals(record.key())) {
      throw new IllegalArgumentException(
          "document '" + document.id() + "' was appended with the key '" + record.key() + "': they must be the same");
    }
    return document;
  }

  static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
