// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.offline.ProgressListener;
import io.millrace.offline.StepReport;
import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Shows how far long work is: one line that renews itself on a terminal, a line now and then elsewhere. */
public final class TerminalProgress implements ProgressListener {

  private static final long SELDOM_NANOS = 10_000_000_000L;
  private static final int WIDTH = 100;

  private final PrintWriter out;
  private final boolean terminal;
  private long lastNanos = System.nanoTime();
  private boolean open;

  /** Progress to a terminal or a file. */
  public TerminalProgress(PrintWriter out) {
    this.out = out;
    this.terminal = System.console() != null && System.console().isTerminal();
  }

  @Override
  public synchronized void started(String step, String purpose) {
    endLine();
    lastNanos = System.nanoTime();
    out.printf("%-10s %s%n", step, purpose);
    out.flush();
  }

  @Override
  public synchronized void progress(Progress progress) {
    String amount =
        progress.all() > 0
            ? String.format(Locale.ROOT, "%,d of %,d %s", progress.done(), progress.all(), progress.unit())
            : String.format(Locale.ROOT, "%,d %s", progress.done(), progress.unit());
    show(
        String.format(
            Locale.ROOT, "%-10s   %s%s%s%s",
            progress.step(), amount, rate(progress.perSecond()), left(progress.remaining()),
            progress.detail().isBlank() ? "" : ", " + progress.detail()));
  }

  /** Shows a line that the next one replaces. */
  public synchronized void show(String line) {
    long now = System.nanoTime();
    if (terminal) {
      String cut = line.length() > WIDTH ? line.substring(0, WIDTH) : line;
      out.print("\r" + cut + "\u001B[K");
      open = true;
    } else if (now - lastNanos >= SELDOM_NANOS) {
      out.println(line);
      lastNanos = now;
    }
    out.flush();
  }

  @Override
  public synchronized void finished(StepReport report) {
    endLine();
    String how =
        report.outcome() == StepReport.Outcome.CACHED
            ? "as before"
            : String.format(Locale.ROOT, "%.1f s", report.duration().toMillis() / 1_000.0);
    out.printf("%-10s ✓ %s (%s)%n", report.step(), report.built(), how);
    report.notes().forEach(note -> out.printf("%-10s   note: %s%n", "", note));
    out.flush();
    lastNanos = System.nanoTime();
  }

  /** Says something on a line of its own. */
  public synchronized void note(String line) {
    endLine();
    out.println(line);
    out.flush();
  }

  /** Ends a line that renews itself, so that other text begins on its own. */
  public synchronized void endLine() {
    if (open) {
      out.print("\r\u001B[K");
      open = false;
    }
    out.flush();
  }

  /** Nothing before there is a rate; a decimal where whole numbers would say 0 or 1. */
  private static String rate(double perSecond) {
    return perSecond <= 0 ? "" : String.format(Locale.ROOT, perSecond < 10 ? ", %.1f/s" : ", %,.0f/s", perSecond);
  }

  private static String left(@Nullable Duration remaining) {
    if (remaining == null) {
      return "";
    }
    long seconds = remaining.toSeconds();
    return seconds >= 60 ? ", " + seconds / 60 + " min " + seconds % 60 + " s left" : ", " + seconds + " s left";
  }
}
