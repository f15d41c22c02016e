using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Reads files through a host; one that cannot be read is no exception here, but a reason.</summary>
internal static class ForeignFiles
{
    /// <summary>Reads YAML whose names have dots as letters.</summary>
    public static SecurityFile ReadPlain(IHost host, string path)
    {
        FileContent content = host.Read(path);
        if (content.Bytes is not { } bytes)
        {
            return new SecurityFile(path, SettingTree.Empty, content.IsMissing ? null : content.Why);
        }

        try
        {
            return new SecurityFile(path, YamlFile.Read(bytes, path, YamlOptions.Plain).Settings, null);
        }
        catch (ProblemException fault)
        {
            return new SecurityFile(path, SettingTree.Empty, WhyOf(fault));
        }
    }

    /// <summary>What is wrong with a file, without anything of it.</summary>
    public static string WhyOf(ProblemException fault) => $"{fault.Problem.Definition.Id}, {fault.Problem.Text}";
}
