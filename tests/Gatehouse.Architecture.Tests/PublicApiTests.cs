using Mono.Cecil;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>What other assemblies can see is a decision: it shows in docs/architecture/public-api.txt.</summary>
public class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_written_one() => Golden.Compare("public-api.txt", Lines());

    private static IEnumerable<string> Lines()
    {
        yield return "# What each assembly lets others see. Rewritten by ./test.sh --update-golden.";
        foreach (AssemblyDefinition assembly in Repository.Assemblies)
        {
            yield return assembly.Name.Name;
            foreach (TypeDefinition type in TypeUse.All(assembly).Where(IsVisible).OrderBy(static t => t.FullName, StringComparer.Ordinal))
            {
                yield return $"  {Kind(type)} {Short(type)}{Base(type)}";
                foreach (string member in Members(type).Order(StringComparer.Ordinal))
                {
                    yield return "    " + member;
                }
            }
        }
    }

    private static bool IsVisible(TypeDefinition type) =>
        type.IsNested ? type.IsNestedPublic && IsVisible(type.DeclaringType) : type.IsPublic && type.Namespace.StartsWith("Gatehouse", StringComparison.Ordinal);

    private static string Kind(TypeDefinition type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class";

    private static string Base(TypeDefinition type) =>
        type.BaseType is null or { FullName: "System.Object" or "System.ValueType" or "System.Enum" } ? "" : " : " + Short(type.BaseType);

    private static IEnumerable<string> Members(TypeDefinition type)
    {
        foreach (FieldDefinition field in type.Fields.Where(static f => f.IsPublic && !f.IsSpecialName))
        {
            yield return type.IsEnum ? $"{field.Name} = {field.Constant}" : $"field {Short(field.FieldType)} {field.Name}";
        }

        foreach (PropertyDefinition property in type.Properties.Where(static p => p.GetMethod?.IsPublic == true || p.SetMethod?.IsPublic == true))
        {
            bool set = property.SetMethod?.IsPublic == true;
            yield return $"{Short(property.PropertyType)} {property.Name} {{ {(property.GetMethod?.IsPublic == true ? "get; " : "")}{(set ? "set; " : "")}}}";
        }

        foreach (MethodDefinition method in type.Methods.Where(static m => m.IsPublic && !m.IsGetter && !m.IsSetter && !IsRecordNoise(m)))
        {
            string name = method.IsConstructor ? "new" : $"{Short(method.ReturnType)} {method.Name}";
            yield return $"{name}({string.Join(", ", method.Parameters.Select(static p => $"{Short(p.ParameterType)} {p.Name}"))})";
        }
    }

    /// <summary>What the compiler writes for every record says nothing.</summary>
    private static bool IsRecordNoise(MethodDefinition method) =>
        (method.CustomAttributes.Any(static a => a.AttributeType.Name == "CompilerGeneratedAttribute") && !method.IsAddOn && !method.IsRemoveOn)
        || method.Name is "GetHashCode" or "ToString" or "Equals";

    private static string Short(TypeReference type) => type switch
    {
        GenericInstanceType generic => $"{Short(generic.ElementType).Split('`')[0]}<{string.Join(", ", generic.GenericArguments.Select(Short))}>",
        ArrayType array => Short(array.ElementType) + "[]",
        ByReferenceType reference => "ref " + Short(reference.ElementType),
        RequiredModifierType modifier => Short(modifier.ElementType),
        { IsNested: true } => $"{Short(type.DeclaringType)}.{type.Name}",
        _ => type.Namespace.StartsWith("Gatehouse", StringComparison.Ordinal) ? type.FullName : type.Name,
    };
}
