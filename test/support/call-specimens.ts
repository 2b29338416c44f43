/*
 * Descriptions and candidates as browsers make them. Those of Chromium were taken from Chromium 156 on Linux; those of Firefox and
 * Safari were put together after what their releases are known to send.
 */

/** One line a line, with the ends that descriptions have. */
const sdp = (strings: TemplateStringsArray): string => strings.raw.join('').trim().split('\n').join('\r\n') + '\r\n'

/** With a microphone, before anything was gathered. */
export const chromiumOffer = sdp`
v=0
o=- 1019142224906762500 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS 5e909515-8287-4694-b4c1-5f1e80fa49e7
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:jLVS
a=ice-pwd:RPk5+G2ROSTL9P6Dwmsoljon
a=ice-options:trickle
a=fingerprint:sha-256 26:A4:D7:5A:D8:D1:1A:21:A0:26:7E:74:C4:04:4A:9D:6F:67:66:82:34:00:8B:D8:92:05:41:39:61:59:AD:D3
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:5e909515-8287-4694-b4c1-5f1e80fa49e7 40ca6d40-566f-4aca-a321-570dfc7f5a1a
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:237024999 cname:DifmBPN93/RpKr+r
a=ssrc:237024999 msid:5e909515-8287-4694-b4c1-5f1e80fa49e7 40ca6d40-566f-4aca-a321-570dfc7f5a1a
`

/** When everything was gathered. */
export const chromiumAnswer = sdp`
v=0
o=- 3746918852713022924 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS 5e909515-8287-4694-b4c1-5f1e80fa49e7
m=audio 53434 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 127.0.0.1
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:2513965550 1 udp 2122194687 127.0.0.1 53434 typ host generation 0 network-id 3 network-cost 50
a=candidate:1004899938 1 udp 2122063615 192.0.2.2 38489 typ host generation 0 network-id 1
a=candidate:3099706677 1 udp 2122267903 ::1 48437 typ host generation 0 network-id 4 network-cost 50
a=candidate:1016586962 1 udp 2122134271 fd00::2 59379 typ host generation 0 network-id 2
a=ice-ufrag:bp+U
a=ice-pwd:gUl2iFARPxtfuS5mqYTcOhTh
a=ice-options:trickle
a=fingerprint:sha-256 29:C8:3E:0E:E6:C3:8A:B2:82:25:9A:B2:1F:D1:7D:3F:97:22:79:1B:8E:D3:57:40:59:64:FF:A9:A4:98:7B:A5
a=setup:active
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:5e909515-8287-4694-b4c1-5f1e80fa49e7 40ca6d40-566f-4aca-a321-570dfc7f5a1a
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:3470579099 cname:AB8F290wZvHfXWmq
`

/** Two media, of which the second was stopped. */
export const chromiumStopped = sdp`
v=0
o=- 1113886512791567391 3 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:tN3C
a=ice-pwd:JF94lrFxsmf8mi4jUzA/kDDr
a=ice-options:trickle
a=fingerprint:sha-256 AA:33:42:D7:AD:28:22:44:95:76:A6:ED:92:44:63:26:6A:10:E8:1E:B7:A0:96:47:B8:3E:2F:BC:A0:21:3C:A6
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=recvonly
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
m=audio 0 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:tN3C
a=ice-pwd:JF94lrFxsmf8mi4jUzA/kDDr
a=ice-options:trickle
a=fingerprint:sha-256 AA:33:42:D7:AD:28:22:44:95:76:A6:ED:92:44:63:26:6A:10:E8:1E:B7:A0:96:47:B8:3E:2F:BC:A0:21:3C:A6
a=setup:actpass
a=mid:1
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=inactive
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
`

/** Neither sends nor hears. */
export const chromiumInactive = sdp`
v=0
o=- 4695284340776424227 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:OQy6
a=ice-pwd:NomY/0qgaNGoI1LAOWug0fMr
a=ice-options:trickle
a=fingerprint:sha-256 4C:A5:AB:8A:D9:FF:DB:28:B3:75:6A:A9:E4:57:AC:17:D0:79:FA:38:5E:DC:52:5D:FD:B8:45:AA:06:D1:A3:E3
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=inactive
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
`

/** With a data channel beside the audio: not taken. */
export const chromiumWithData = sdp`
v=0
o=- 7759956197834047594 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:VEPG
a=ice-pwd:QiIEWrMbjI96UuVLmUUDHIZ7
a=ice-options:trickle
a=fingerprint:sha-256 F0:99:F2:CC:97:D1:53:8D:7E:75:01:8D:02:8A:7D:B1:80:E8:5C:DF:10:A7:86:67:71:98:23:47:EB:83:D8:76
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:- f8b612ee-348e-4322-8384-cd65dea797e7
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:835678044 cname:3ToVVHdhhaqQw8HC
a=ssrc:835678044 msid:- f8b612ee-348e-4322-8384-cd65dea797e7
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:VEPG
a=ice-pwd:QiIEWrMbjI96UuVLmUUDHIZ7
a=ice-options:trickle
a=fingerprint:sha-256 F0:99:F2:CC:97:D1:53:8D:7E:75:01:8D:02:8A:7D:B1:80:E8:5C:DF:10:A7:86:67:71:98:23:47:EB:83:D8:76
a=setup:actpass
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
`

/** Everything gathered, with a relay. */
export const firefoxOffer = sdp`
v=0
o=mozilla...THIS_IS_SDPARTA-99.0 5218895876101434947 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=fingerprint:sha-256 5B:1C:0A:7E:21:44:93:D2:10:8F:36:7D:EE:01:52:CA:90:B7:44:18:6A:2F:D3:0B:71:C8:55:9E:A4:E0:3D:62
a=group:BUNDLE 0
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 55324 UDP/TLS/RTP/SAVPF 109 9 0 8 101
c=IN IP4 203.0.113.198
a=candidate:0 1 UDP 2122252543 192.0.2.95 60591 typ host
a=candidate:6 1 TCP 2105524479 192.0.2.95 9 typ host tcptype active
a=candidate:0 2 UDP 2122252542 192.0.2.95 42661 typ host
a=candidate:1 1 UDP 1686052863 198.51.100.176 60591 typ srflx raddr 192.0.2.95 rport 60591
a=candidate:3 1 UDP 92217087 203.0.113.198 55324 typ relay raddr 203.0.113.198 rport 55324
a=sendrecv
a=end-of-candidates
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap-allow-mixed
a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=fmtp:101 0-15
a=ice-pwd:c2f04ca7a1db1f58cdde12c33a560b0a
a=ice-ufrag:2174c31c
a=mid:0
a=msid:{18cf902d-9bf4-4a39-9eb3-f0b52627116e} {d6f4dc1f-0f71-4a23-8ba7-8c95370e5479}
a=rtcp:42661 IN IP4 198.51.100.176
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtpmap:9 G722/8000/1
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000/1
a=setup:actpass
a=ssrc:1687021030 cname:{38825e36-5f4f-4afe-a964-e58794b216e5}
`

/** To an offer of Chromium, listening only. */
export const firefoxAnswer = sdp`
v=0
o=mozilla...THIS_IS_SDPARTA-99.0 6008960483522051358 0 IN IP4 0.0.0.0
s=-
t=0 0
a=fingerprint:sha-256 1D:C3:CA:97:81:13:DC:E1:15:0A:5F:60:26:95:0E:58:AD:7F:4B:94:C3:BB:EA:B4:73:EA:BA:2A:1C:77:81:A1
a=group:BUNDLE 0
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 111 126
c=IN IP4 0.0.0.0
a=recvonly
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=fmtp:111 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=fmtp:126 0-15
a=ice-pwd:bc850420fdcdc67393b14fc8a66928e7
a=ice-ufrag:073212cf
a=mid:0
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:126 telephone-event/8000
a=setup:active
a=ssrc:4000403882 cname:{bee7faf7-0f0c-43af-8ace-a49a65a9d708}
`

/** With mDNS names and a TCP candidate. */
export const safariOffer = sdp`
v=0
o=- 7614219274584779017 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS 2c2f5a14-5b1b-4a6e-8f0e-0a3c9c1a7d55
m=audio 50027 UDP/TLS/RTP/SAVPF 111 103 9 102 0 8 105 13 110 113 126
c=IN IP4 203.0.113.45
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:3510590512 1 udp 2113937151 2cf0b2c0-0842-4fe3-aaa0-4556a2dfbadc.local 50027 typ host generation 0 network-cost 999
a=candidate:4210984823 1 tcp 1518157311 2cf0b2c0-0842-4fe3-aaa0-4556a2dfbadc.local 9 typ host tcptype active generation 0 network-cost 999
a=candidate:842163049 1 udp 1677729535 203.0.113.45 50027 typ srflx raddr 0.0.0.0 rport 0 generation 0 network-cost 999
a=ice-ufrag:Xk9f
a=ice-pwd:aB3dE5fG7hI9jK1lM3nO5pQ7
a=ice-options:trickle
a=fingerprint:sha-256 03:63:4B:E0:AA:51:4E:82:82:EE:A6:A9:4F:6E:4E:95:72:E5:AE:CD:CB:89:F0:1F:E4:C9:CA:27:02:1F:26:6A
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:2c2f5a14-5b1b-4a6e-8f0e-0a3c9c1a7d55 6a5d0f7c-1f0b-4f9a-8a3f-3a1b1f0e2c44
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:103 ISAC/16000
a=rtpmap:9 G722/8000
a=rtpmap:102 ILBC/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:105 CN/16000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:113 telephone-event/16000
a=rtpmap:126 telephone-event/8000
a=ssrc:2550536406 cname:9jVZk1c0u8M2Xy3T
a=ssrc:2550536406 msid:2c2f5a14-5b1b-4a6e-8f0e-0a3c9c1a7d55 6a5d0f7c-1f0b-4f9a-8a3f-3a1b1f0e2c44
`

/** Those that are taken, by name. */
export const audioDescriptions: Readonly<Record<string, string>> = {
  chromiumOffer,
  chromiumAnswer,
  chromiumStopped,
  chromiumInactive,
  firefoxOffer,
  firefoxAnswer,
  safariOffer,
}

/** Candidates as `RTCIceCandidate.candidate` has them. */
export const candidates: readonly string[] = [
  'candidate:2146013640 1 udp 2122194687 127.0.0.1 52789 typ host generation 0 ufrag jLVS network-id 3 network-cost 50',
  'candidate:3601228532 1 udp 2122134271 fd00::2 35093 typ host generation 0 ufrag bp+U network-id 2',
  'candidate:1391478035 1 udp 2122267903 ::1 43287 typ host generation 1 ufrag 1Fc1 network-id 4 network-cost 50',
  'candidate:3600277166 1 tcp 1518280447 192.0.2.102 9 typ host tcptype active generation 0 ufrag GM64 network-id 2',
  'candidate:1560499547 1 udp 2113937151 2cf0b2c0-0842-4fe3-aaa0-4556a2dfbadc.local 33192 typ host generation 0 ufrag gydc network-cost 999',
  'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag gydc network-cost 999',
  'candidate:3 1 UDP 92217087 203.0.113.198 55324 typ relay raddr 198.51.100.176 rport 55324',
  'candidate:0 1 UDP 2122252543 192.0.2.95 60591 typ host',
  'candidate:6 2 TCP 2105524478 192.0.2.95 9 typ host tcptype active',
  'candidate:750991856 1 udp 25108223 2001:db8::ff00:42:8329 51472 typ relay raddr :: rport 0 generation 0 ufrag PWwO',
]
