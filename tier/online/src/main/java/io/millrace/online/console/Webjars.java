// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Addresses of the browser libraries; the version in the address is the one on the class path. */
public final class Webjars {

  /** The script that swaps parts of pages. */
  public static final String HTMX = address("htmx.org", "dist/htmx.min.js");

  /** The script that draws charts. */
  public static final String UPLOT = address("uplot", "dist/uPlot.iife.min.js");

  /** The style of the charts. */
  public static final String UPLOT_STYLE = address("uplot", "dist/uPlot.min.css");

  private Webjars() {}

  private static String address(String name, String file) {
    String facts = "/META-INF/maven/org.webjars.npm/" + name + "/pom.properties";
    try (InputStream in = Webjars.class.getResourceAsStream(facts)) {
      if (in == null) {
        throw new IllegalStateException("the webjar " + name + " is not on the class path");
      }
      Properties properties = new Properties();
      properties.load(in);
      return "/webjars/" + name + "/" + properties.getProperty("version") + "/" + file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
