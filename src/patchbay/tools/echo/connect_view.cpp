#include "patchbay/tools/echo/connect_view.hpp"

#include "patchbay/base/hex_dump.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"

namespace patchbay {

namespace {

class EscapedView final : public ConnectView {
 public:
  std::string sent(std::span<const std::byte>) override { return {}; }
  std::string received(std::span<const std::byte> bytes) override {
    begun_ += as_text(bytes);
    const std::size_t whole = begun_.size() - unfinished_utf8(begun_);
    std::string shown = escape(std::string_view(begun_).substr(0, whole));
    begun_.erase(0, whole);
    return shown;
  }
  std::string peer_ended() override { return escape(begun_); }

 private:
  static std::string escape(std::string_view bytes) {
    return escape_terminal(bytes, {.newline = true, .tab = true});
  }

  std::string begun_;  // at most three bytes between two pieces
};

class HexView final : public ConnectView {
 public:
  std::string sent(std::span<const std::byte> bytes) override { return sent_.next(bytes); }
  std::string received(std::span<const std::byte> bytes) override { return received_.next(bytes); }
  std::string peer_ended() override { return {}; }

 private:
  HexDumper sent_{"> "};
  HexDumper received_{"< "};
};

class JsonView final : public ConnectView {
 public:
  JsonView(Output& out, bool hex) : out_(out), hex_(hex) {}
  std::string sent(std::span<const std::byte> bytes) override { return tell("sent", bytes); }
  std::string received(std::span<const std::byte> bytes) override {
    return tell("received", bytes);
  }
  std::string peer_ended() override {
    out_.emit(Record("peer_ended"));
    return {};
  }

 private:
  std::string tell(std::string_view type, std::span<const std::byte> bytes) {
    Record record(type);
    describe_bytes(record, as_text(bytes), hex_);
    out_.emit(record);
    return {};
  }

  Output& out_;
  bool hex_;
};

}  // namespace

std::unique_ptr<ConnectView> make_escaped_view() { return std::make_unique<EscapedView>(); }
std::unique_ptr<ConnectView> make_hex_view() { return std::make_unique<HexView>(); }
std::unique_ptr<ConnectView> make_json_view(Output& out, bool hex) {
  return std::make_unique<JsonView>(out, hex);
}

std::unique_ptr<ConnectView> view_for(Output& out, bool hex) {
  if (out.json()) return make_json_view(out, hex);
  if (hex) return make_hex_view();
  if (out.out_is_terminal()) return make_escaped_view();
  return nullptr;
}

Task<Result<>> ConnectOutput::pass(std::span<const std::byte> bytes) {
  const auto written = co_await stream_.write_all(bytes);
  if (!written && written.error().fault() == Fault::closed) reader_left_ = true;
  co_return written;
}

Task<Result<>> ConnectOutput::show(std::string text) {
  if (text.empty()) co_return ok();
  while (busy_) {
    const auto turn = co_await free_.wait();
    if (!turn) co_return turn;
  }
  busy_ = true;
  free_.reset();
  const auto written = co_await pass(std::as_bytes(std::span(text)));
  busy_ = false;
  free_.set();
  co_return written;
}

}  // namespace patchbay
