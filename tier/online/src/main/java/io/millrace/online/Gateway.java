// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.Causes;
import io.millrace.core.log.EventLog;
import io.millrace.core.registry.ArtifactRegistry;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** A running gateway: the one door through which people and programs reach a domain. */
public final class Gateway implements AutoCloseable {

  private final ConfigurableApplicationContext context;

  private Gateway(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /** Starts a gateway beside which no nearline jobs run in this process. */
  public static Gateway start(GatewaySettings settings, EventLog log, ArtifactRegistry registry) {
    return start(settings, log, registry, Map::of);
  }

  /**
   * Starts a gateway. Log and registry stay the caller's to close, after the gateway.
   *
   * @param nearline states of the nearline jobs by name; asked now and then, on a thread of its own
   * @throws IllegalArgumentException when the port is taken, naming it and the remedy
   */
  public static Gateway start(
      GatewaySettings settings, EventLog log, ArtifactRegistry registry, NearlineStates nearline) {
    // The process has its own logging configuration: Tomcat's lines shall go there, and Spring Boot not replace it.
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
    System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
    SpringApplication application = new SpringApplication(GatewayConfiguration.class);
    application.setWebApplicationType(WebApplicationType.SERVLET);
    application.setBannerMode(Banner.Mode.OFF);
    application.setLogStartupInfo(false);
    application.setRegisterShutdownHook(false);
    application.addInitializers(
        context -> {
          // First, so that neither environment variables nor files of the working directory change the gateway.
          context.getEnvironment().getPropertySources()
              .addFirst(new MapPropertySource("millrace", properties(settings)));
          GenericApplicationContext beans = (GenericApplicationContext) context;
          beans.registerBean(GatewaySettings.class, () -> settings);
          // Without a name, Spring would close what is the caller's to close.
          beans.registerBean(EventLog.class, () -> log, lent -> lent.setDestroyMethodName(""));
          beans.registerBean(ArtifactRegistry.class, () -> registry, lent -> lent.setDestroyMethodName(""));
          beans.registerBean(NearlineStates.class, () -> nearline);
        });
    try {
      return new Gateway(application.run());
    } catch (RuntimeException e) {
      throw explained(settings, e);
    }
  }

  /** Returns the port it listens on. */
  public int port() {
    return Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer()).getPort();
  }

  /** Returns the address for people. */
  public String url() {
    String host = context.getBean(GatewaySettings.class).host();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
  }

  /** Returns a part of the gateway, for processes that run one and want to look inside. */
  public <T> T part(Class<T> type) {
    return context.getBean(type);
  }

  /** Stops taking requests, lets those in flight finish, writes what is still to be written. */
  @Override
  public void close() {
    context.close();
  }

  private static Map<String, Object> properties(GatewaySettings settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("server.address", settings.host());
    all.put("server.port", settings.port());
    all.put("server.shutdown", "graceful");
    all.put("server.error.whitelabel.enabled", "false");
    all.put("server.max-http-request-header-size", "16KB");
    all.put("server.tomcat.connection-timeout", "10s");
    all.put("server.tomcat.keep-alive-timeout", "30s");
    all.put("server.tomcat.max-connections", "4096");
    all.put("server.tomcat.max-http-form-post-size", "64KB");
    all.put("server.tomcat.max-swallow-size", "32MB");
    all.put("spring.main.lazy-initialization", "false");
    all.put("spring.lifecycle.timeout-per-shutdown-phase", "10s");
    all.put("spring.threads.virtual.enabled", "true");
    all.put("spring.jmx.enabled", "false");
    // FilesApi receives files itself; with this, strangers could upload some before a key is asked for.
    all.put("spring.servlet.multipart.enabled", "false");
    all.put("spring.mvc.problemdetails.enabled", "false");
    all.put("spring.web.resources.add-mappings", "true");
    all.put("management.endpoints.web.exposure.include", "health,prometheus");
    all.put("management.endpoint.health.probes.enabled", "true");
    all.put("management.endpoint.health.show-components", "always");
    // Details name directories and brokers: they are for this machine, not for whoever reaches a public address.
    all.put("management.endpoint.health.show-details", settings.secured() ? "never" : "always");
    all.put("management.endpoint.health.status.order", "DOWN,OUT_OF_SERVICE,DEGRADED,UP,UNKNOWN");
    all.put("management.endpoint.health.group.readiness.include", "readinessState,index");
    all.put("management.metrics.distribution.percentiles-histogram.http.server.requests", "true");
    return all;
  }

  private static RuntimeException explained(GatewaySettings settings, RuntimeException failure) {
    return Causes.of(failure).stream().anyMatch(PortInUseException.class::isInstance)
        ? new IllegalArgumentException(
            "port " + settings.port() + " on " + settings.host() + " is taken" + PortHolder.of(settings.port())
                + ": stop that process, or choose another port with --port",
            failure)
        : failure;
  }
}
