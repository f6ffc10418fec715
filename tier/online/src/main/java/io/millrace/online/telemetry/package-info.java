// SPDX-License-Identifier: Apache-2.0
/** Traces for OpenTelemetry: requests, and what language models did for them. */
@NullMarked
package io.millrace.online.telemetry;

import org.jspecify.annotations.NullMarked;
