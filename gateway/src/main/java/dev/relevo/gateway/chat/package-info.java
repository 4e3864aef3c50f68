/** {@code POST /v1/chat/completions}, as OpenAI's SDKs ask for it. */
@NullMarked
package dev.relevo.gateway.chat;

import org.jspecify.annotations.NullMarked;
