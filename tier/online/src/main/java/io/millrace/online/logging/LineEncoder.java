// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.logging;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import io.millrace.core.json.Json;

import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a log event as one line: for people by default, as JSON when the environment variable or system property
 * {@code MILLRACE_LOG} is {@code json}. Both carry the trace id of the request, where there is one.
 */
public final class LineEncoder extends EncoderBase<ILoggingEvent> {

  private static final byte[] NOTHING = {};
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  private final ThrowableProxyConverter stack = new ThrowableProxyConverter();
  private boolean json;

  /** Chooses the form; anything but {@code json} is the one for people. */
  public void setForm(String form) {
    json = form.equalsIgnoreCase("json");
  }

  @Override
  public void start() {
    stack.start();
    super.start();
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return (json ? json(event) : plain(event)).getBytes(StandardCharsets.UTF_8);
  }

  private String plain(ILoggingEvent event) {
    String trace = event.getMDCPropertyMap().get("trace");
    return TIME.format(event.getInstant()) + " " + event.getLevel() + " " + shortName(event.getLoggerName())
        + (trace == null ? "" : " [" + trace + "]") + " " + event.getFormattedMessage()
        + System.lineSeparator() + stack(event);
  }

  private String json(ILoggingEvent event) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("at", event.getInstant().toString());
    line.put("level", event.getLevel().toString());
    line.put("logger", event.getLoggerName());
    line.put("thread", event.getThreadName());
    line.putAll(event.getMDCPropertyMap());
    line.put("message", event.getFormattedMessage());
    if (event.getThrowableProxy() != null) {
      line.put("stack", stack(event));
    }
    return Json.write(line) + "\n";
  }

  private String stack(ILoggingEvent event) {
    return event.getThrowableProxy() == null ? "" : stack.convert(event);
  }

  private static String shortName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }
}
