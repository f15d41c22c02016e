using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Engine.Certificates;

/// <summary>Revocation lists as files and settings hold them: DER, or one or more in PEM.</summary>
internal static class RevocationText
{
    private const string Label = "X509 CRL";
    private const string Begin = "-----BEGIN ";

    /// <summary>Whether a text is a list itself, not the path of one.</summary>
    public static bool IsPem(string text) => text.StartsWith(Begin, StringComparison.Ordinal);

    /// <summary>The lists; empty when one of them is not understood.</summary>
    public static ImmutableArray<RevocationList> Parse(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith("-----"u8))
        {
            return RevocationList.Read(bytes) is { } single ? [single] : [];
        }

        ImmutableArray<RevocationList>.Builder lists = ImmutableArray.CreateBuilder<RevocationList>();
        ReadOnlySpan<char> rest = Encoding.ASCII.GetString(bytes);
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            byte[] der = Convert.FromBase64String(rest[fields.Base64Data].ToString()); // looked at by TryFind
            if (!rest[fields.Label].SequenceEqual(Label) || RevocationList.Read(der) is not { } list)
            {
                return [];
            }

            lists.Add(list);
            rest = rest[fields.Location.End..];
        }

        return lists.ToImmutable();
    }
}
