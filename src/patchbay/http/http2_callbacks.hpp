// Http2Callbacks: how nghttp2 and an Http2Session find each other.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>

namespace patchbay {

class Http2Session;

struct Http2Callbacks {
  // 0, or an error of nghttp2's.
  static int make_session(nghttp2_session** session, Http2Session& owner);

 private:
  static Http2Session& self(void* user_data);
  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data);
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
                    nghttp2_rcbuf* value, std::uint8_t flags, void* user_data);
  static int invalid_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
                            nghttp2_rcbuf* value, std::uint8_t flags, void* user_data);
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error,
                           void* user_data);
  static int data(nghttp2_session*, std::uint8_t flags, std::int32_t stream,
                  const std::uint8_t* bytes, std::size_t size, void* user_data);
  static int close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user_data);
  static int sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head,
                       std::size_t bytes, nghttp2_data_source* source, void* user_data);
};

}  // namespace patchbay
