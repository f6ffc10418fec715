// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the few metrics of the jobs in this process that their status is made of. */
public final class StatusReporter implements MetricReporter {

  static final String ID = "millrace.id";
  private static final String RESTARTS = "numRestarts";
  private static final String JOB = "<job_name>";
  private static final String PARTITION = "<" + Progress.PARTITION + ">";

  /** Flink makes reporters from names, so this is how the tier that asked for one finds it again. */
  private static final Map<String, StatusReporter> REPORTERS = new ConcurrentHashMap<>();

  private final Map<String, Map<Integer, Gauge<?>>> positions = new ConcurrentHashMap<>();
  private final Map<String, Gauge<?>> restarts = new ConcurrentHashMap<>();
  private String id = "";

  /** Makes reporters for Flink. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new StatusReporter();
    }
  }

  static @Nullable StatusReporter of(String id) {
    return REPORTERS.get(id);
  }

  /** Returns how many records a job has processed. */
  long done(String job) {
    long done = 0;
    for (Gauge<?> gauge : positions.getOrDefault(job, Map.of()).values()) {
      done += number(gauge);
    }
    return done;
  }

  /** Returns how often a job was restarted. */
  long restarts(String job) {
    Gauge<?> gauge = restarts.get(job);
    return gauge == null ? 0 : number(gauge);
  }

  @Override
  public void open(MetricConfig config) {
    id = config.getString(ID, "");
    REPORTERS.put(id, this);
  }

  @Override
  public void close() {
    REPORTERS.remove(id);
  }

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    if (!(metric instanceof Gauge<?> gauge)) {
      return;
    }
    Map<String, String> variables = group.getAllVariables();
    String job = variables.get(JOB);
    String partition = variables.get(PARTITION);
    if (job != null && name.equals(RESTARTS)) {
      restarts.put(job, gauge);
    } else if (job != null && partition != null && name.equals(Progress.NEXT)) {
      positions.computeIfAbsent(job, any -> new ConcurrentHashMap<>()).put(Integer.valueOf(partition), gauge);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    // The last known position stays until a restarted task announces its own.
  }

  private static long number(Gauge<?> gauge) {
    return gauge.getValue() instanceof Number number ? number.longValue() : 0;
  }
}
