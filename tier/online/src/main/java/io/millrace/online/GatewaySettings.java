// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.json.Yaml;
import io.millrace.core.settings.DomainPack;
import io.millrace.engine.Arithmetic;
import io.millrace.engine.upstream.UpstreamSettings;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.online.answer.UpstreamUse;
import io.millrace.online.model.CanaryShare;
import io.millrace.online.security.ApiKey;
import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How a gateway serves a domain.
 *
 * @param domain what is served
 * @param domainDirectory the domain pack's folder
 * @param home directory of data and settings, for example {@code ~/.millrace/java-docs}
 * @param host name or address to listen on
 * @param port to listen on; 0 for any free one
 * @param hosts further names under which clients reach this gateway, for example behind a proxy
 * @param keys who may use it; empty for anybody on this machine
 * @param limits on single requests
 * @param deadlines of requests and their steps
 * @param canaryShare share of the users with whom versions on trial are tried
 * @param upstream another server's language model
 * @param arithmetic who computes the language models that were trained here, and where
 * @param otlp address of a collector of traces, OTLP over HTTP; null for none
 * @param files what reading one file that a client sends may take
 * @param snapshots when snapshots of the memory are taken
 * @param memory where it lies
 */
public record GatewaySettings(
    DomainPack domain,
    Path domainDirectory,
    Path home,
    String host,
    int port,
    List<String> hosts,
    List<ApiKey> keys,
    Limits limits,
    Deadlines deadlines,
    CanaryShare canaryShare,
    UpstreamPlan upstream,
    Arithmetic arithmetic,
    @Nullable String otlp,
    FormatLimits files,
    SnapshotPlan snapshots,
    MemoryPlan memory) {

  /** The address of a gateway that nobody configured: this machine only. */
  public static final String DEFAULT_HOST = "127.0.0.1";

  /** The port of a gateway that nobody configured. */
  public static final int DEFAULT_PORT = 8080;

  /** The file in the home directory that settings are read from. */
  public static final String FILE = "millrace.yaml";

  /** The file in the home directory that keys are read from. */
  public static final String KEYS_FILE = "keys.yaml";

  public GatewaySettings {
    hosts = List.copyOf(hosts);
    keys = List.copyOf(keys);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port " + port + " is not from 0 to 65535");
    }
    if (otlp != null && !otlp.matches("https?://[^\\s/]+(/\\S*)?")) {
      throw new IllegalArgumentException(
          "otlp '" + otlp + "' is no address of a collector: give one such as http://localhost:4318/v1/traces");
    }
    if (memory.solr() != null && snapshots.hours() > 0) {
      throw new IllegalArgumentException(
          "gateway: snapshots of a memory on Solr are Solr's own backups: leave out 'snapshots', or 'memory'");
    }
    Set<String> names = new HashSet<>();
    for (ApiKey key : keys) {
      if (!names.add(key.name())) {
        throw new IllegalArgumentException("two API keys have the name '" + key.name() + "': rename one");
      }
    }
    if (keys.isEmpty() && !loopback(host)) {
      throw new IllegalArgumentException(
          "refusing to listen on " + host + " without API keys, since anybody who reaches it could use it. "
              + "Make a key: KEY=$(openssl rand -hex 24); printf %s \"$KEY\" | sha256sum; then write to "
              + home.resolve(KEYS_FILE)
              + ": keys: [{name: me, sha256: THE-SUM, roles: [ask, write, admin], labels: [\"*\"]}]; or listen on 127.0.0.1");
    }
  }

  /** Settings of a gateway that asks no other server, sends no traces and computes on the CPU. */
  public GatewaySettings(
      DomainPack domain,
      Path domainDirectory,
      Path home,
      String host,
      int port,
      List<String> hosts,
      List<ApiKey> keys,
      Limits limits,
      Deadlines deadlines,
      CanaryShare canaryShare) {
    this(domain, domainDirectory, home, host, port, hosts, keys, limits, deadlines, canaryShare, UpstreamPlan.NONE,
        Arithmetic.KERNELS, null, FormatLimits.DEFAULTS, SnapshotPlan.NONE, MemoryPlan.EMBEDDED);
  }

  /**
   * Reads the settings of a home directory; what its files leave out has the default.
   *
   * @throws IllegalArgumentException when a file does not fit, naming file, line, key and remedy
   */
  public static GatewaySettings load(DomainPack domain, Path domainDirectory, Path home) {
    return load(domain, domainDirectory, home, null, null);
  }

  /**
   * Reads the settings of a home directory, with host and port from elsewhere.
   *
   * @param host instead of the file's; null for the file's
   * @param port instead of the file's; null for the file's
   */
  public static GatewaySettings load(
      DomainPack domain, Path domainDirectory, Path home, @Nullable String host, @Nullable Integer port) {
    Path file = home.resolve(FILE);
    Path keysFile = home.resolve(KEYS_FILE);
    GatewayFile read = new GatewayFile(null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    if (Files.isRegularFile(file)) {
      SettingsFile whole = Yaml.read(file, SettingsFile.class);
      read = whole.gateway() == null ? read : whole.gateway();
    }
    List<ApiKey> keys = new ArrayList<>(read.keys() == null ? List.of() : read.keys());
    if (Files.isRegularFile(keysFile)) {
      List<ApiKey> more = Yaml.read(keysFile, KeysFile.class).keys();
      keys.addAll(more == null ? List.of() : more);
    }
    return new GatewaySettings(
        domain,
        domainDirectory,
        home,
        host != null ? host : read.host() != null ? read.host() : DEFAULT_HOST,
        port != null ? port : read.port() != null ? read.port() : DEFAULT_PORT,
        read.hosts() == null ? List.of() : read.hosts(),
        keys,
        read.limits() == null ? Limits.DEFAULTS : read.limits(),
        read.deadlines() == null ? Deadlines.DEFAULTS : read.deadlines(),
        read.canaryShare() == null ? CanaryShare.DEFAULT : new CanaryShare(read.canaryShare()),
        new UpstreamPlan(read.upstream(), read.upstreamUse() == null ? UpstreamUse.NAMED : read.upstreamUse()),
        arithmetic(file, read.device()),
        read.otlp(),
        read.files() == null ? FormatLimits.DEFAULTS : read.files(),
        read.snapshots() == null ? SnapshotPlan.NONE : read.snapshots(),
        read.memory() == null ? MemoryPlan.EMBEDDED : read.memory());
  }

  private static Arithmetic arithmetic(Path file, @Nullable String device) {
    try {
      Arithmetic arithmetic = device == null ? Arithmetic.KERNELS : Arithmetic.on(device);
      arithmetic.required(); // before anything is started, not when the first model is
      return arithmetic;
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new IllegalArgumentException(file + ": gateway: " + e.getMessage(), e);
    }
  }

  /** Returns whether clients need a key. */
  public boolean secured() {
    return !keys.isEmpty();
  }

  /** Returns whether only this machine can reach the address that is listened on. */
  public boolean local() {
    return loopback(host);
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host '" + host + "' has no address: use 127.0.0.1 or a name of this machine", e);
    }
  }

  /** The contents of {@link #FILE}; the parts beside the gateway's are for whoever starts the other tiers. */
  record SettingsFile(@Nullable GatewayFile gateway, @Nullable Object log, @Nullable Object nearline) {}

  /** The contents of {@link #KEYS_FILE}. */
  record KeysFile(@Nullable List<ApiKey> keys) {}

  /** The part of {@link #FILE} that the gateway reads. */
  record GatewayFile(
      @Nullable String host,
      @Nullable Integer port,
      @Nullable List<String> hosts,
      @Nullable List<ApiKey> keys,
      @Nullable Limits limits,
      @Nullable Deadlines deadlines,
      @Nullable Double canaryShare,
      @Nullable UpstreamSettings upstream,
      @Nullable UpstreamUse upstreamUse,
      @Nullable String device,
      @Nullable String otlp,
      @Nullable FormatLimits files,
      @Nullable SnapshotPlan snapshots,
      @Nullable MemoryPlan memory) {}
}
