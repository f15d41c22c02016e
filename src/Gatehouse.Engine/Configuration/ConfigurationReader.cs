namespace Gatehouse.Engine.Configuration;

/// <summary>Reads gatehouse.yaml strictly and collects every problem with its line and column.</summary>
internal static class ConfigurationReader
{
    /// <summary>Largest file that is read.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Reads a text; pure. <paramref name="source"/> names it in problems.</summary>
    public static ConfigurationResult Read(string text, string source) => throw new NotSupportedException();

    /// <summary>Reads bytes as they lie on disk: strict UTF-8 without NUL, at most <see cref="MaxBytes"/>.</summary>
    public static ConfigurationResult Read(ReadOnlySpan<byte> utf8, string source) => throw new NotSupportedException();
}
