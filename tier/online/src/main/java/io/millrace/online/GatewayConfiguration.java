// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;

/** All of the gateway's wiring: the parts, what each is made of, and in which order they stop. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@ComponentScan("io.millrace.online.console")
class GatewayConfiguration {}
