using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts;

/// <summary>
/// One configuration file: its text with every byte, and what it sets. It does not change: an edit gives the document that the edited
/// text is read as, and is refused with <c>GH8105</c> where that would not say what was asked for.
/// </summary>
public abstract class ConfigDocument
{
    private protected ConfigDocument(SourceText text) => SourceText = text;

    /// <summary>The file as the caller named it.</summary>
    public string Source => SourceText.Source;

    /// <summary>What this file sets, with what it includes, and without the environment and other files.</summary>
    public abstract SettingTree Settings { get; }

    /// <summary>The text, without a byte order mark.</summary>
    public string Text => SourceText.Text;

    internal SourceText SourceText { get; }

    /// <summary>The text; of a document that was not edited as it was read.</summary>
    public string ToText() => SourceText.Text;

    /// <summary>The bytes of the file; of a document that was not edited the ones it was read from.</summary>
    public byte[] ToBytes() => SourceText.ToBytes();

    /// <summary>
    /// Makes a value effective in this file: where it is set, it is changed there; where it is not, or set by an included file, it is added.
    /// Comments, order and everything else stay as they are.
    /// </summary>
    /// <exception cref="ProblemException"><c>GH8105</c>: this file cannot say that.</exception>
    public ConfigDocument Set(string path, Literal value) => Set(SettingPath.Parse(path), value);

    /// <summary>As <see cref="Set(string, Literal)"/>.</summary>
    public abstract ConfigDocument Set(SettingPath path, Literal value);

    /// <summary>
    /// Takes a setting out of this file, everywhere it is set in it. A path that is not set changes nothing.
    /// </summary>
    /// <exception cref="ProblemException"><c>GH8105</c>: it cannot be taken out, or an included file sets it.</exception>
    public ConfigDocument Remove(string path) => Remove(SettingPath.Parse(path));

    /// <summary>As <see cref="Remove(string)"/>.</summary>
    public abstract ConfigDocument Remove(SettingPath path);

    /// <summary>
    /// Puts a comment on lines of its own above a setting of this file, or at the very beginning for an empty path. JSON has no comments: there it is refused.
    /// </summary>
    /// <exception cref="ProblemException"><c>GH8105</c>: there is no place for it.</exception>
    public ConfigDocument AddComment(string path, string comment) => AddComment(SettingPath.Parse(path), comment);

    /// <summary>As <see cref="AddComment(string, string)"/>.</summary>
    public abstract ConfigDocument AddComment(SettingPath path, string comment);
}
