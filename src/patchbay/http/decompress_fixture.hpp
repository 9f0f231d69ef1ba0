// For tests: the codings read back, as far as a reader gets with the bytes it has.
#pragma once

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "patchbay/wire/http_negotiation.hpp"

namespace patchbay {

struct Decompressed {
  std::string text;
  bool complete = false;  // the stream has ended where the bytes end
};

inline Decompressed gunzip(std::string_view bytes) {
  Decompressed result;
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string room(64 * 1024, '\0');
  int done = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    done = ::inflate(&stream, Z_NO_FLUSH);
    result.text.append(room.data(), room.size() - stream.avail_out);
  } while (done == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  EXPECT_TRUE(done == Z_OK || done == Z_STREAM_END || done == Z_BUF_ERROR) << done;
  result.complete = done == Z_STREAM_END && stream.avail_in == 0;
  ::inflateEnd(&stream);
  return result;
}

inline Decompressed unzstd(std::string_view bytes) {
  Decompressed result;
  ZSTD_DCtx* const stream = ::ZSTD_createDCtx();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string room(64 * 1024, '\0');
  std::size_t left = 1;
  for (;;) {
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    left = ::ZSTD_decompressStream(stream, &out, &in);
    EXPECT_FALSE(::ZSTD_isError(left)) << ::ZSTD_getErrorName(left);
    result.text.append(room.data(), out.pos);
    if (::ZSTD_isError(left) || (in.pos == in.size && out.pos < room.size())) break;
  }
  result.complete = left == 0;
  ::ZSTD_freeDCtx(stream);
  return result;
}

inline Decompressed unbrotli(std::string_view bytes) {
  Decompressed result;
  BrotliDecoderState* const stream = ::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  BrotliDecoderResult done;
  do {
    std::size_t no_room = 0;
    done = ::BrotliDecoderDecompressStream(stream, &left, &next, &no_room, nullptr, nullptr);
    std::size_t count = 0;
    const std::uint8_t* const made = ::BrotliDecoderTakeOutput(stream, &count);
    result.text.append(reinterpret_cast<const char*>(made), count);
  } while (done == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
  EXPECT_NE(done, BROTLI_DECODER_RESULT_ERROR);
  result.complete = done == BROTLI_DECODER_RESULT_SUCCESS && left == 0;
  ::BrotliDecoderDestroyInstance(stream);
  return result;
}

inline Decompressed decompress(std::string_view bytes, ContentCoding coding) {
  switch (coding) {
    case ContentCoding::gzip: return gunzip(bytes);
    case ContentCoding::zstd: return unzstd(bytes);
    case ContentCoding::br: return unbrotli(bytes);
    case ContentCoding::identity: break;
  }
  return {.text = std::string(bytes), .complete = true};
}

}  // namespace patchbay
