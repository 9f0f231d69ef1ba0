// Http2ClientCallbacks: how nghttp2 and an Http2ClientConnection find each other.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>

namespace patchbay {

class Http2ClientConnection;

struct Http2ClientCallbacks {
  // 0, or an error of nghttp2's.
  static int make_session(nghttp2_session** session, Http2ClientConnection& owner);
  // Of the data provider of a request.
  static ssize_t read_piece(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t most,
                            std::uint32_t* flags, nghttp2_data_source*, void* user_data);

 private:
  static Http2ClientConnection& self(void* user_data);
  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data);
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t flags, void* user_data);
  static int invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                            std::size_t name_size, const std::uint8_t* value,
                            std::size_t value_size, std::uint8_t flags, void* user_data);
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error,
                           void* user_data);
  static int data(nghttp2_session*, std::uint8_t flags, std::int32_t stream,
                  const std::uint8_t* bytes, std::size_t size, void* user_data);
  static int close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user_data);
  static int sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
};

}  // namespace patchbay
