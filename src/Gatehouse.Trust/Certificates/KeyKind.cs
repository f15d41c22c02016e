namespace Gatehouse.Trust.Certificates;

/// <summary>Keys that certificates are made over. Edwards curves are not there: the platform has none for certificates.</summary>
public enum KeyKind
{
    /// <summary>ECDSA on P-256.</summary>
    EcdsaP256 = 0,

    /// <summary>ECDSA on P-384.</summary>
    EcdsaP384 = 1,

    /// <summary>RSA of 2048 bits.</summary>
    Rsa2048 = 2,

    /// <summary>RSA of 3072 bits.</summary>
    Rsa3072 = 3,

    /// <summary>RSA of 4096 bits.</summary>
    Rsa4096 = 4,
}

/// <summary>The words of <see cref="KeyKind"/>.</summary>
public static class KeyKinds
{
    private static readonly (KeyKind Kind, string Word)[] Words =
    [
        (KeyKind.EcdsaP256, "ecdsa-p256"), (KeyKind.EcdsaP384, "ecdsa-p384"), (KeyKind.Rsa2048, "rsa-2048"), (KeyKind.Rsa3072, "rsa-3072"), (KeyKind.Rsa4096, "rsa-4096"),
    ];

    /// <summary>All words, for help and hints.</summary>
    public static string All { get; } = string.Join(", ", Words.Select(static pair => pair.Word));

    /// <summary>The word of a kind: <c>ecdsa-p256</c>.</summary>
    public static string WordOf(KeyKind kind) => Array.Find(Words, pair => pair.Kind == kind).Word;

    /// <summary>The kind of a word.</summary>
    public static bool TryParse(string word, out KeyKind kind)
    {
        int at = Array.FindIndex(Words, pair => pair.Word == word);
        kind = at < 0 ? default : Words[at].Kind;
        return at >= 0;
    }
}
