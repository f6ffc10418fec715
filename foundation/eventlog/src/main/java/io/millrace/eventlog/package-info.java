// SPDX-License-Identifier: Apache-2.0
/** The event log on Kafka: a broker in this process, or a cluster by configuration. */
@NullMarked
package io.millrace.eventlog;

import org.jspecify.annotations.NullMarked;
