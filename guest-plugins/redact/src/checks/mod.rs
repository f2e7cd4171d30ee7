//! Check digits and structure of identifiers, one file for each region. A check gets letters, in capitals, and digits, without
//! signs, written as one of the entity's forms says.

pub(crate) mod africa;
pub(crate) mod ar;
pub(crate) mod asean;
pub(crate) mod at;
pub(crate) mod au;
pub(crate) mod balkans;
pub(crate) mod baltic;
pub(crate) mod be;
pub(crate) mod br;
pub(crate) mod ca;
pub(crate) mod ch;
pub(crate) mod cl;
pub(crate) mod cn;
pub(crate) mod co;
pub(crate) mod cz;
pub(crate) mod dates;
pub(crate) mod de;
pub(crate) mod device;
pub(crate) mod digests;
pub(crate) mod dk;
pub(crate) mod ec;
pub(crate) mod es;
pub(crate) mod fi;
pub(crate) mod fr;
pub(crate) mod gr;
pub(crate) mod health;
pub(crate) mod hu;
pub(crate) mod ie;
pub(crate) mod india;
pub(crate) mod it;
pub(crate) mod jp;
pub(crate) mod kr;
pub(crate) mod lu;
pub(crate) mod mideast;
pub(crate) mod mx;
pub(crate) mod nl;
pub(crate) mod no;
pub(crate) mod nz;
pub(crate) mod parts;
pub(crate) mod payment;
pub(crate) mod pe;
pub(crate) mod person;
pub(crate) mod pl;
pub(crate) mod plates;
pub(crate) mod pt;
pub(crate) mod ro;
pub(crate) mod ru;
pub(crate) mod se;
pub(crate) mod secrets;
pub(crate) mod sg;
pub(crate) mod sums;
pub(crate) mod tr;
pub(crate) mod uk;
pub(crate) mod us;
pub(crate) mod uy;
pub(crate) mod verhoeff;

#[cfg(test)]
pub(crate) mod tests {
    use crate::form::Form;
    use crate::form::tests::random;

    /// The share of random texts of some forms that pass their checks. Rare ones are tried until there are enough of them.
    pub(crate) fn share(forms: &[Form], check: Option<fn(&[u8]) -> bool>) -> f64 {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut dice = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u32
        };
        let (mut rounds, mut passed) = (0, 0);
        while passed < 400 && rounds < 300_000 || rounds < 20_000 {
            for form in forms {
                let text = random(form, &mut dice);
                passed += usize::from(check.is_none_or(|check| check(&text)));
            }
            rounds += forms.len();
        }
        passed as f64 / rounds as f64
    }
}
