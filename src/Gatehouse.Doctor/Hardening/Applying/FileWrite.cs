namespace Gatehouse.Doctor.Hardening.Applying;

/// <summary>What one file becomes.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Expected">The bytes that must be there before, or null where no file may be.</param>
/// <param name="Content">The bytes, or null where the file goes.</param>
/// <param name="Rights">The rights; of no meaning for a file that goes.</param>
internal sealed record FileWrite(string Path, byte[]? Expected, byte[]? Content, FileRights Rights)
{
    /// <summary>Its path and no content.</summary>
    public override string ToString() => Path;
}
