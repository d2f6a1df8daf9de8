//! Entries as bytes.
//!
//! ```text
//! 1 | number of tags: u16 | stamp of everything | (length: u16, tag, stamp)… | answer
//! ```

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use crate::entry::CacheTag;

/// What tells one life of a tag from the next.
pub(super) type Stamp = [u8; STAMP_BYTES];

const STAMP_BYTES: usize = 16;
/// Version of the form; entries of others are none.
const VERSION: u8 = 1;

/// An entry with the stamps of the moment at which it was put: that of everything, then one for each tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamped {
    pub(super) tags: Vec<CacheTag>,
    pub(super) stamps: Vec<Stamp>,
    pub(super) bytes: Bytes,
}

impl Stamped {
    pub(super) fn encode(&self) -> Bytes {
        let tags: usize = self
            .tags
            .iter()
            .map(|tag| 2 + tag.as_str().len() + STAMP_BYTES)
            .sum();
        let mut out = BytesMut::with_capacity(3 + STAMP_BYTES + tags + self.bytes.len());
        out.put_u8(VERSION);
        // What is cut here cannot be decoded, and so is no entry.
        out.put_u16(u16::try_from(self.tags.len()).unwrap_or(u16::MAX));
        let (everything, of_tags) = self.stamps.split_at(self.stamps.len().min(1));
        everything.iter().for_each(|stamp| out.put_slice(stamp));
        for (tag, stamp) in self.tags.iter().zip(of_tags) {
            out.put_u16(u16::try_from(tag.as_str().len()).unwrap_or(u16::MAX));
            out.put_slice(tag.as_str().as_bytes());
            out.put_slice(stamp);
        }
        out.put_slice(&self.bytes);
        out.freeze()
    }

    /// Returns the entry in `value`; `None` when it is none.
    pub(super) fn decode(value: &Bytes) -> Option<Self> {
        let mut rest = value.clone();
        if rest.try_get_u8().ok()? != VERSION {
            return None;
        }
        let count = usize::from(rest.try_get_u16().ok()?);
        let mut stamps = vec![stamp(&mut rest)?];
        let mut tags = Vec::with_capacity(count.min(value.len()));
        for _ in 0..count {
            let length = usize::from(rest.try_get_u16().ok()?);
            let tag = take(&mut rest, length)?;
            tags.push(CacheTag::new(std::str::from_utf8(&tag).ok()?));
            stamps.push(stamp(&mut rest)?);
        }
        Some(Self {
            tags,
            stamps,
            bytes: rest,
        })
    }
}

/// Returns the stamps that stand in `bytes` one after the other; `None` when something else does.
pub(super) fn split(bytes: &[u8]) -> Option<Vec<Stamp>> {
    let (stamps, rest) = bytes.as_chunks::<STAMP_BYTES>();
    rest.is_empty().then(|| stamps.to_vec())
}

fn stamp(rest: &mut Bytes) -> Option<Stamp> {
    Stamp::try_from(take(rest, STAMP_BYTES)?.as_ref()).ok()
}

fn take(rest: &mut Bytes, length: usize) -> Option<Bytes> {
    (rest.len() >= length).then(|| rest.split_to(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back() {
        for tags in [vec![], vec!["orders".into(), "source:ö".into()]] {
            let stamped = Stamped {
                stamps: (0..)
                    .map(|number| [number; STAMP_BYTES])
                    .take(tags.len() + 1)
                    .collect(),
                tags,
                bytes: Bytes::from_static(b"[1, 2]"),
            };
            assert_eq!(Stamped::decode(&stamped.encode()), Some(stamped));
        }
    }

    #[test]
    fn what_is_cut_or_foreign_is_no_entry() {
        let stamped = Stamped {
            tags: vec!["orders".into()],
            stamps: vec![[1; STAMP_BYTES], [2; STAMP_BYTES]],
            bytes: Bytes::new(),
        };
        let whole = stamped.encode();
        for end in 0..whole.len() {
            assert_eq!(Stamped::decode(&whole.slice(..end)), None, "{end}");
        }
        assert_eq!(Stamped::decode(&Bytes::from_static(b"{\"foreign\": true}")), None);
    }
}
