// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.online.GatewaySettings;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

import java.time.Duration;
import java.util.List;

/** The console's wiring: where its files are, who its reader is, and what its pages may do in a browser. */
@Configuration(proxyBeanMethods = false)
class ConsoleConfiguration implements WebMvcConfigurer {

  /** Own scripts and styles only, nothing inline, no frames, no other hosts. */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
          + "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private final Visitor visitor;

  ConsoleConfiguration(Visitor visitor) {
    this.visitor = visitor;
  }

  @Bean
  ExampleQuestions exampleQuestions(GatewaySettings settings) {
    return ExampleQuestions.load(settings.domainDirectory());
  }

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(visitor);
  }

  @Override
  public void addResourceHandlers(ResourceHandlerRegistry registry) {
    // Scripts import each other by plain names, so browsers ask each time whether a file has changed.
    registry
        .addResourceHandler("/console/**")
        .addResourceLocations("classpath:/static/console/")
        .setCacheControl(CacheControl.noCache());
    registry
        .addResourceHandler("/webjars/**")
        .addResourceLocations("classpath:/META-INF/resources/webjars/")
        .setCacheControl(CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable());
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(new PagePolicy()).excludePathPatterns("/v1/**", "/actuator/**", "/webjars/**");
  }

  /** Tells the browser what pages may do. */
  private static final class PagePolicy implements HandlerInterceptor {
    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
      response.setHeader("Content-Security-Policy", POLICY);
      if (!request.getRequestURI().startsWith("/console/")) {
        response.setHeader("Cache-Control", "no-store");
        response.addHeader("Vary", "Cookie, Accept-Language, HX-Request");
      }
      return true;
    }
  }
}
