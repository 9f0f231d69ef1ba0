#include "patchbay/http/compressor.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <limits>

namespace patchbay {
namespace {

struct Levels {
  int quick;
  int thorough;
  int of(CompressionEffort effort) const {
    return effort == CompressionEffort::quick ? quick : thorough;
  }
};
constexpr Levels k_gzip = {.quick = 5, .thorough = 8};
constexpr Levels k_zstd = {.quick = 3, .thorough = 9};
constexpr Levels k_brotli = {.quick = 4, .thorough = 6};

// Windows of 512 KiB: pages are seldom larger, and each stream has to remember that much.
constexpr int k_window_bits = 19;

constexpr std::size_t k_room = 16 * 1024;
using Room = std::array<char, k_room>;

class GzipCompressor : public Compressor {
 public:
  explicit GzipCompressor(CompressionEffort effort) {
    constexpr int with_gzip_header = 15 + 16;
    constexpr int memory = 8;
    is_ready_ = ::deflateInit2(&stream_, k_gzip.of(effort), Z_DEFLATED, with_gzip_header, memory,
                               Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipCompressor() override {
    if (is_ready_) ::deflateEnd(&stream_);
  }
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  bool is_ready() const { return is_ready_; }

  bool put(std::span<const std::byte> bytes, CompressTo to, std::string& out) override {
    // The library counts in 32 bits.
    constexpr std::size_t most = std::size_t{1} << 30;
    while (bytes.size() > most) {
      if (!put_part(bytes.first(most), Z_NO_FLUSH, out)) return false;
      bytes = bytes.subspan(most);
    }
    const int flush = to == CompressTo::collect ? Z_NO_FLUSH
                      : to == CompressTo::flush ? Z_SYNC_FLUSH
                                                : Z_FINISH;
    return put_part(bytes, flush, out);
  }

 private:
  bool put_part(std::span<const std::byte> bytes, int flush, std::string& out) {
    Room room;
    // It does not write there: its interface is older than const.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(room.data());
      stream_.avail_out = static_cast<uInt>(room.size());
      const int done = ::deflate(&stream_, flush);
      // Z_BUF_ERROR: there was nothing to do, as at a second flush in a row.
      if (done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR) return false;
      out.append(room.data(), room.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return true;
  }

  z_stream stream_{};
  bool is_ready_ = false;
};

class ZstdCompressor : public Compressor {
 public:
  explicit ZstdCompressor(CompressionEffort effort) {
    if (stream_ == nullptr) return;
    ::ZSTD_CCtx_setParameter(stream_, ZSTD_c_compressionLevel, k_zstd.of(effort));
    ::ZSTD_CCtx_setParameter(stream_, ZSTD_c_windowLog, k_window_bits);
  }
  ~ZstdCompressor() override { ::ZSTD_freeCCtx(stream_); }
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;

  bool is_ready() const { return stream_ != nullptr; }

  bool put(std::span<const std::byte> bytes, CompressTo to, std::string& out) override {
    const ZSTD_EndDirective end = to == CompressTo::collect ? ZSTD_e_continue
                                  : to == CompressTo::flush ? ZSTD_e_flush
                                                            : ZSTD_e_end;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    Room room;
    for (;;) {
      ZSTD_outBuffer written{room.data(), room.size(), 0};
      const std::size_t left = ::ZSTD_compressStream2(stream_, &written, &in, end);
      if (::ZSTD_isError(left)) return false;
      out.append(room.data(), written.pos);
      const bool is_done = end == ZSTD_e_continue ? in.pos == in.size : left == 0;
      if (is_done) return true;
    }
  }

 private:
  ZSTD_CCtx* stream_ = ::ZSTD_createCCtx();
};

class BrotliCompressor : public Compressor {
 public:
  explicit BrotliCompressor(CompressionEffort effort) {
    if (stream_ == nullptr) return;
    ::BrotliEncoderSetParameter(stream_, BROTLI_PARAM_QUALITY,
                                static_cast<std::uint32_t>(k_brotli.of(effort)));
    ::BrotliEncoderSetParameter(stream_, BROTLI_PARAM_LGWIN, k_window_bits);
  }
  ~BrotliCompressor() override { ::BrotliEncoderDestroyInstance(stream_); }
  BrotliCompressor(const BrotliCompressor&) = delete;
  BrotliCompressor& operator=(const BrotliCompressor&) = delete;

  bool is_ready() const { return stream_ != nullptr; }

  bool put(std::span<const std::byte> bytes, CompressTo to, std::string& out) override {
    const BrotliEncoderOperation operation = to == CompressTo::collect ? BROTLI_OPERATION_PROCESS
                                             : to == CompressTo::flush ? BROTLI_OPERATION_FLUSH
                                                                       : BROTLI_OPERATION_FINISH;
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    do {
      std::size_t no_room = 0;  // it lends its own
      if (!::BrotliEncoderCompressStream(stream_, operation, &left, &next, &no_room, nullptr,
                                         nullptr)) {
        return false;
      }
      std::size_t count = 0;
      const std::uint8_t* const made = ::BrotliEncoderTakeOutput(stream_, &count);
      out.append(reinterpret_cast<const char*>(made), count);
    } while (left > 0 || ::BrotliEncoderHasMoreOutput(stream_));
    return true;
  }

 private:
  BrotliEncoderState* stream_ = ::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
};

template <class Kind>
std::unique_ptr<Compressor> made(CompressionEffort effort) {
  auto compressor = std::make_unique<Kind>(effort);
  if (!compressor->is_ready()) return nullptr;
  return compressor;
}

}  // namespace

std::unique_ptr<Compressor> Compressor::make(ContentCoding coding, CompressionEffort effort) {
  switch (coding) {
    case ContentCoding::identity: break;
    case ContentCoding::gzip: return made<GzipCompressor>(effort);
    case ContentCoding::zstd: return made<ZstdCompressor>(effort);
    case ContentCoding::br: return made<BrotliCompressor>(effort);
  }
  return nullptr;
}

std::string compress_now(std::string_view content, ContentCoding coding, CompressionEffort effort) {
  if (coding == ContentCoding::identity) return std::string(content);
  std::string compressed;
  const auto compressor = Compressor::make(coding, effort);
  if (compressor == nullptr ||
      !compressor->put(std::as_bytes(std::span(content)), CompressTo::finish, compressed)) {
    return {};
  }
  return compressed;
}

}  // namespace patchbay
